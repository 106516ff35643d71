/**
 * The wiring of the files that an installation of the service makes: planned, made, taken back.
 *
 * Promises: what stands there already is not written over unless an earlier installation made it and nobody changed it.
 * Must never: remove what was not made here.
 */
import type { Tell } from './composeServiceHost.ts';
import { LapsError } from './core/errors.ts';
import { isUntouched, type Made, type Manifest, parseManifest, type Step, stepFor } from './core/hosting/manifest.ts';
import type { ServicePaths } from './core/hosting/place.ts';
import * as host from './edge/serviceHost.ts';

export interface Planned {
  readonly wanted: Made;
  readonly step: Step;
  readonly text: string;
  readonly mode: number;
  /** What is told beside the path. */
  readonly about: string;
  /** Whether an earlier installation made what stands there. */
  readonly wasMade: boolean;
  /** What stands there is plainly laps-agent's, also where no record says so. */
  readonly isOurs?: boolean;
}

export async function manifestOf(paths: ServicePaths): Promise<Manifest | undefined> {
  const text = await host.textAt(paths.manifest);
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (manifest !== undefined) return manifest;
  throw new LapsError('ERR_LAPS_DATA_DAMAGED', {
    message: `${paths.manifest} cannot be read, so what belongs to the installation is not known`,
    hint: `move it away; then laps service install writes it anew and takes over what is as it would be made`,
  });
}

export async function planned(
  path: string,
  before: Manifest | undefined,
  file?: { text: string; mode: number; about: string },
): Promise<Planned> {
  const wanted: Made = {
    path,
    kind: file === undefined ? 'folder' : 'file',
    digest: file === undefined ? '' : host.digestOf(file.text),
  };
  const old = before?.made.find((each) => each.path === path);
  const step = stepFor(await host.standing(path), old, wanted);
  return {
    wanted,
    step,
    text: file?.text ?? '',
    mode: file?.mode ?? 0o700,
    about: file?.about ?? 'closed to others',
    wasMade: old !== undefined,
  };
}

export async function carryOut({ wanted, step, text, mode, about, wasMade }: Planned, tell: Tell): Promise<void> {
  const { path, kind } = wanted;
  const suffix = about === '' ? '' : `: ${about}`;
  if (step === 'keep')
    tell({
      did: 'kept',
      what: `${path}: ${wasMade ? 'it was changed since laps-agent made it' : 'it is there and was not made by laps-agent'}; move it away and install again for a new one`,
    });
  if (step === 'same') tell({ did: 'same', what: path });
  if (step !== 'make' && step !== 'replace') return;
  if (kind === 'folder') await host.makeFolder(path);
  else await host.writeWhole(path, text, mode);
  tell({ did: step === 'make' ? 'made' : 'replaced', what: `${path}${suffix}` });
}

/** Takes back what a first installation made before it failed: a record of it would let the machine count as one with a service. */
export async function undo(plan: readonly Planned[], manifest: string, tell: Tell): Promise<void> {
  await host.removeMade(manifest, 'file');
  for (const { step, wanted } of [...plan].reverse()) {
    if (step !== 'make' || !isUntouched(await host.standing(wanted.path), wanted)) continue;
    if (await host.removeMade(wanted.path, wanted.kind)) tell({ did: 'removed', what: wanted.path });
  }
}
