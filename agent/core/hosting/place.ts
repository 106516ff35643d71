/**
 * Where a service of this machine lies, and what may not lie there (contract 1).
 *
 * Knows: the fixed paths. Promises: a program or folder that the sealed-off service could not see, or that somebody other
 * than root could change, is refused with what to do instead. Must never: look at the disk.
 */

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
  /** Permission bits. */
  readonly mode: number;
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

/** Why this program cannot be a service, or undefined. `ways`: every folder down to node and to the script, and both. */
export function refusalOf(
  { node, script, data, policies }: Program & { readonly policies: string },
  ways: readonly PathFacts[],
): Refusal | undefined {
  if (isHidden(node))
    return {
      message: `Node.js is at ${node}, where a service cannot see it: homes and temporary folders are shut off from it`,
      hint: 'install Node.js for the whole machine, as by the packages of your distribution or of nodejs.org, and install laps-agent with that one',
    };
  if (isHidden(script))
    return {
      message: `laps-agent is at ${script}, where a service cannot see it: homes and temporary folders are shut off from it`,
      hint: 'install it for the whole machine: sudo npm install --global and the file you have',
    };
  if (isHidden(data))
    return {
      message: `the data folder ${data} is where a service cannot see it: homes and temporary folders are shut off from it`,
      hint: 'leave --data out, or name a folder below /var/lib or /srv',
    };
  if (isHidden(policies))
    return {
      message: `the policy folder ${policies} is where a service cannot see it: homes and temporary folders are shut off from it`,
      hint: `leave --policies out to have them in ${servicePaths().policies}, or name a folder below /etc or /srv`,
    };
  const foreign = ways.find(({ uid, mode }) => uid !== 0 || ((mode & 0o002) !== 0 && (mode & 0o1000) === 0));
  if (foreign !== undefined)
    return {
      message: `${foreign.path} can be changed by others than root, and with it what would run as root`,
      hint: `give it to root, for instance: sudo chown -R root: ${foreign.path} && sudo chmod -R go-w ${foreign.path}`,
    };
  return undefined;
}
