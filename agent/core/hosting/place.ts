/**
 * Where a service of this machine lies, and what may not lie there (contract 1).
 *
 * Knows: the fixed paths. Promises: a program or folder that the sealed-off service could not see, or that somebody other
 * than root could change, is refused with what to do instead. Must never: look at the disk.
 */
import { shellWord } from '../shellWord.ts';

export const serviceName = 'laps-agent';
export const unitName = `${serviceName}.service`;

/** The fixed paths of a service; a test gives others. */
export interface ServicePaths {
  readonly unit: string;
  readonly dropIns: string;
  readonly etc: string;
  readonly policies: string;
  readonly policy: string;
  readonly manifest: string;
  /** Which data folder manages which real account (edge/accounts/accountClaims.ts). */
  readonly accounts: string;
  readonly data: string;
  readonly run: string;
}

export function servicePaths(prefix = ''): ServicePaths {
  const etc = `${prefix}/etc/laps-agent`;
  return {
    unit: `${prefix}/etc/systemd/system/${unitName}`,
    dropIns: `${prefix}/etc/systemd/system/${unitName}.d`,
    etc,
    policies: `${etc}/policies`,
    policy: `${etc}/policies/csp.json`,
    manifest: `${etc}/installed.json`,
    accounts: `${etc}/accounts`,
    data: `${prefix}/var/lib/laps-agent`,
    run: `${prefix}/run/laps-agent`,
  };
}

/** What starts the service, and where it works. */
export interface Program {
  /** Absolute path of node, links followed. */
  readonly node: string;
  /** Absolute path of the laps command's own file, links followed. */
  readonly script: string;
  /** Absolute path of the data folder. */
  readonly data: string;
}

/** What is known of one step on the way to a file. */
export interface PathFacts {
  readonly path: string;
  readonly uid: number;
  /** Permission bits; none for a symbolic link, which has none of its own. */
  readonly mode: number;
  /** Whether anybody but root is in its group; told where the group may write. */
  readonly groupHasOthers: boolean;
}

const hidden = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'];
const lies = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** Whether the service sees nothing at this path: homes and temporary folders are shut off from it. */
export function isHidden(path: string): boolean {
  return hidden.some((folder) => lies(path, folder));
}

export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

/** Whether a text can be a word of a unit, a script or a crontab: a line break would begin a line of its own there. */
export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** Why what starts the service cannot be written down, or undefined. */
export function unwritable(
  { node, script, data }: Program,
  others: Readonly<Record<string, string | undefined>> = {},
): Refusal | undefined {
  const named = {
    'the path of Node.js': node,
    'the path of laps-agent': script,
    'the name of the data folder': data,
    ...others,
  };
  const [first] = Object.entries(named).find(([, text]) => text !== undefined && !isOneLine(text)) ?? [];
  if (first === undefined) return undefined;
  return {
    message: `${first} has a line break or another control character in it, and what starts the service cannot hold that`,
    hint: 'give it a name of printable characters',
  };
}

const unseen = 'where a service cannot see it: homes and temporary folders are shut off from it';

/** Why a service cannot be run from where this program is, or undefined. */
export function hiddenProgram({ node, script }: Pick<Program, 'node' | 'script'>): Refusal | undefined {
  if (isHidden(node))
    return {
      message: `Node.js is at ${node}, ${unseen}`,
      hint: 'install Node.js for the whole machine, as by the packages of your distribution or of nodejs.org, and install laps-agent with that one',
    };
  if (isHidden(script))
    return {
      message: `laps-agent is at ${script}, ${unseen}`,
      hint: 'install it for the whole machine: sudo npm install --global and the file you have',
    };
  return undefined;
}

/** Why a service cannot have its data there, or undefined. */
export function hiddenData(data: string): Refusal | undefined {
  const { etc } = servicePaths();
  if (lies(data, etc))
    return {
      message: `the data folder cannot be ${data}: in ${etc} are the policies of the service and the record of what was installed`,
      hint: 'leave --data out, or name a folder below /var/lib or /srv',
    };
  if (!isHidden(data)) return undefined;
  return {
    message: `the data folder ${data} is ${unseen}`,
    hint: 'leave --data out, or name a folder below /var/lib or /srv',
  };
}

/** Why a service cannot read its policies there, or undefined. */
export function hiddenPolicies(policies: string): Refusal | undefined {
  if (!isHidden(policies)) return undefined;
  return {
    message: `the policy folder ${policies} is ${unseen}`,
    hint: `have them in ${servicePaths().policies}, or name another folder below /etc or /srv`,
  };
}

/** Why a service cannot read an authority's file there, or undefined. */
export function hiddenAuthority(caFile: string): Refusal | undefined {
  if (!isHidden(caFile)) return undefined;
  return {
    message: `the file of the authority, ${caFile}, is ${unseen}`,
    hint: 'copy it below /etc or /srv, as to /etc/laps-agent/ca.pem, and name it there',
  };
}

/** Whether somebody other than root can put another thing in its place, or in it. */
export function isForeign({ uid, mode, groupHasOthers }: PathFacts): boolean {
  const isSticky = (mode & 0o1000) !== 0;
  return uid !== 0 || (!isSticky && ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && groupHasOthers)));
}

/** Gives one step of the way to root alone. */
const giveToRoot = (path: string): string =>
  `give this one to root: sudo chown root: ${shellWord(path)} && sudo chmod go-w ${shellWord(path)}`;

/** Why real accounts are not managed from a data folder, by every step down to the folder it lies in; or undefined. */
export function foreignData(data: string, way: readonly PathFacts[]): Refusal | undefined {
  const step = way.find(isForeign);
  if (step === undefined) return undefined;
  return {
    message: `real accounts are not managed from ${data}: ${step.path} can be changed by others than root, and with it the data`,
    hint: `leave --data out, or name a folder below /var/lib or /srv; or ${giveToRoot(step.path)}`,
  };
}

/** Why real accounts are not managed by policies, by every step down to the files and what they lead to; or undefined. */
export function foreignPolicies(way: readonly PathFacts[]): Refusal | undefined {
  const step = way.find(isForeign);
  if (step === undefined) return undefined;
  return {
    message: `${step.path} can be changed by others than root, and with it whose password is replaced: real accounts are not managed by it`,
    hint: `${giveToRoot(step.path)}; or name a folder below /etc or /srv with --policies`,
  };
}

/** Every step down to what runs, and down to what it works on; each with itself. */
export interface Ways {
  readonly program: readonly PathFacts[];
  readonly folders: readonly PathFacts[];
}

/** What a service is to run with; `caFile`: an authority that is named for it, which each of its starts reads. */
export interface ServiceParts extends Program {
  readonly policies: string;
  readonly caFile?: string;
}

/** Why this program cannot be a service, or undefined. */
export function refusalOf({ node, script, data, policies, caFile }: ServiceParts, ways: Ways): Refusal | undefined {
  const facts = { node, script, data };
  const hidden =
    unwritable(facts, { 'the name of the policy folder': policies }) ?? hiddenProgram(facts) ?? hiddenData(data);
  if (hidden !== undefined) return hidden;
  const hiddenThere = hiddenPolicies(policies) ?? (caFile === undefined ? undefined : hiddenAuthority(caFile));
  if (hiddenThere !== undefined) return hiddenThere;
  const program = ways.program.find(isForeign);
  if (program !== undefined)
    return {
      message: `${program.path} can be changed by others than root, and with it what would run as root`,
      hint: `give it to root, for instance: sudo chown -R root: ${shellWord(program.path)} && sudo chmod -R go-w ${shellWord(program.path)}`,
    };
  const folder = ways.folders.find(isForeign);
  if (folder !== undefined)
    return {
      message: `${folder.path} can be changed by others than root, and with it the data or the policy of the service`,
      hint: `name a folder below /var/lib, /etc or /srv; or ${giveToRoot(folder.path)}`,
    };
  return undefined;
}
