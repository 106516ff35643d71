/**
 * What a bundle for support holds, and the manifest that tells of it (contract 2, `laps diagnostics`).
 *
 * Knows: what each part is for, and what is never in it. Promises: the same parts in the same order make the same bundle;
 * a part that could not be read stands in the manifest with its error. Must never: take a part that is not in the table.
 */
import type { Trouble } from '../diagnosis/facts.ts';
import { isoOf } from '../time.ts';

/** Every file that a bundle may hold beside its manifest, in order, and what it is for: the whitelist. */
export const bundleParts = {
  'versions.json':
    'laps-agent, Node.js and the system; which variables of the environment are set, without their values',
  'status.json': 'what laps status --json says',
  'doctor.json': 'what laps doctor --json says: each known cause of a failed backup, and whether it holds',
  'configuration.json': 'what laps config list --json says',
  'service.json': 'what laps service status --json says',
  'policies.json': 'the settings of each policy root with file and line, and the policy that comes of them',
  'rotation.json': 'where the rotation stands, and what the device remembers of the last one',
  'data-folder.json': 'names, sizes, modes, owners and times of the files in the data folder, without what is in them',
  'events.jsonl': 'the newest events of the operational log, oldest first, as laps events --json says them',
} as const;
export type BundlePartName = keyof typeof bundleParts;

/** What no bundle holds, and why. */
export const leftOut = [
  { what: 'passwords of managed accounts, sealed or not', why: 'nobody needs them to find a fault' },
  { what: 'the keys of this installation', why: 'they open what is sealed' },
  { what: "the device's private key and certificate, and every token", why: 'whoever has them is the device' },
  {
    what: "the test tenant's database, credentials and management token",
    why: 'they hold passwords, sealed and seeded ones',
  },
  {
    what: 'the accounts of the machine, or simulated ones, and their hashes',
    why: 'status.json says of the managed account what a fault may be about',
  },
  {
    what: 'the text of policy files: comments, names that are no setting, and values that no setting can have',
    why: 'they may hold anything; policies.json has the settings that are known, and counts the rest; a message may still name the word that keeps a file from being read',
  },
  { what: 'values of the environment, but for those that configuration.json tells', why: 'they may hold credentials' },
  { what: "the system's own logs and files", why: 'they tell of other programs and people' },
] as const;

/** One part as it was gathered. */
export interface GatheredPart {
  readonly name: BundlePartName;
  readonly found:
    | { readonly kind: 'read'; readonly text: string; readonly remarks?: readonly string[] }
    | { readonly kind: 'failed'; readonly trouble: Trouble };
}

export interface Manifest {
  /** When it was made, in ISO 8601. */
  readonly made: string | null;
  readonly by: string;
  readonly note: string;
  readonly files: ReadonlyArray<{
    readonly name: BundlePartName;
    /** Before it is compressed. */
    readonly bytes: number;
    readonly purpose: string;
    readonly remarks: readonly string[];
  }>;
  /** Parts that could not be read. */
  readonly problems: ReadonlyArray<{ readonly name: BundlePartName; readonly purpose: string } & Trouble>;
  readonly leftOut: typeof leftOut;
}

export interface BundleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const manifestName = 'manifest.json';

export const readFirst =
  'It holds no password, key or token. It does name this device, its tenant, its account, folders and what happened: read it before you send it.';

/** The bundle's files, the manifest first. */
export function bundleOf(request: {
  /** Of laps-agent. */
  readonly version: string;
  readonly at: number;
  readonly parts: readonly GatheredPart[];
  /** A document as text. */
  readonly textOf: (document: unknown) => string;
}): { readonly manifest: Manifest; readonly files: readonly BundleFile[] } {
  const encoder = new TextEncoder();
  const told: Array<Manifest['files'][number]> = [];
  const problems: Array<Manifest['problems'][number]> = [];
  const files: BundleFile[] = [];
  for (const { name, found } of request.parts) {
    const purpose = bundleParts[name];
    if (found.kind === 'failed') {
      problems.push({ name, purpose, ...found.trouble });
      continue;
    }
    const bytes = encoder.encode(found.text);
    files.push({ name, bytes });
    told.push({ name, bytes: bytes.length, purpose, remarks: found.remarks ?? [] });
  }
  const manifest: Manifest = {
    made: isoOf(request.at),
    by: `laps-agent ${request.version}`,
    note: readFirst,
    files: told,
    problems,
    leftOut,
  };
  return { manifest, files: [{ name: manifestName, bytes: encoder.encode(request.textOf(manifest)) }, ...files] };
}

/** `laps-diagnostics-20261127T113345Z.zip`, by the time in UTC. */
export function bundleName(at: number): string {
  const stamp =
    isoOf(at)
      ?.replace(/\.\d+Z$/, 'Z')
      .replace(/[-:]/g, '') ?? 'unknown-time';
  return `laps-diagnostics-${stamp}.zip`;
}
