/**
 * One file kept by conf, with what conf leaves out (design 9).
 *
 * Knows: conf's habits: it follows symbolic links, takes a short write for a whole one, does not sync the folder, writes
 * in place when SNAP is set, and its import takes over the process's signals. Promises: conf's own validation on every
 * read and write, one assignment per change, file 0600, read back and durable when it returns; a damaged file is told and
 * put aside. Must never: hold a secret, or what a rotation depends on (that is the journal's).
 */
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type Conf from 'conf';
import type { Options, Schema } from 'conf';
import type { LapsError } from '../core/errors.ts';
import { asideName, nextAside } from './aside.ts';
import { codeOf, diskError, linkedFile, unsafePath } from './diskError.ts';
import { nodeFileSystem, syncFolder } from './durableFile.ts';
import { faultPoint } from './faultPoint.ts';

/** What conf is asked to keep: a flat or nested object of JSON values. */
export type Facts = Record<string, unknown>;

export type FactsReading<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'facts'; readonly facts: T }
  | { readonly kind: 'damaged'; readonly problem: string; readonly quarantine: string };

export interface ConfFile<T> {
  readonly path: string;
  /** An empty object counts as absent. Throws ERR_LAPS_DISK, ERR_LAPS_PERMISSION, ERR_LAPS_DATA_UNSAFE. */
  read(): Promise<FactsReading<T>>;
  /** What stands there now, for a report: nothing is put aside (`quarantine` is empty) and nothing made durable. */
  peek(): Promise<FactsReading<T>>;
  /** Replaces everything; a damaged predecessor is put aside. Durable when it returns. Throws as `read`. */
  write(facts: T): Promise<void>;
  clear(): Promise<void>;
  /** Puts what stands there aside; its new name. */
  putAside(): Promise<string>;
}

type ConfClass = typeof Conf;
let loading: Promise<ConfClass> | undefined;

/**
 * Loads conf, once. A package deep below it takes over SIGINT, SIGTERM and a dozen other signals on import, and sends
 * them again after its own clean-up: the daemon would be told twice to stop, or die where it should park. Its listeners
 * are removed; what it wanted to clean up (temporary files) is swept here instead.
 */
function loadConf(): Promise<ConfClass> {
  loading ??= (async () => {
    const before = new Map(process.eventNames().map((name) => [name, new Set(process.rawListeners(name))]));
    const module = await import('conf');
    for (const name of process.eventNames()) {
      if (typeof name !== 'string' || !name.startsWith('SIG')) continue;
      for (const listener of process.rawListeners(name)) {
        if (!before.get(name)?.has(listener) && isForeign(listener)) process.removeListener(name, unwrapped(listener));
      }
    }
    return module.default;
  })();
  return loading;
}

/** `once` wraps; removal wants what was wrapped. */
function unwrapped(listener: unknown): () => void {
  const inner = typeof listener === 'function' && 'listener' in listener ? listener.listener : listener;
  // The parse boundary of a value that node types as Function.
  return inner as () => void;
}

/** A `once` listener that passes its signal on: nothing of this program's listens in that way. */
function isForeign(listener: unknown): boolean {
  return typeof listener === 'function' && 'listener' in listener;
}

const snapVariable = 'SNAP';

/** conf writes in place inside a Snap. The variable is hidden for the one synchronous call, so nobody else notices. */
function withoutSnap<T>(act: () => T): T {
  const snap = process.env[snapVariable];
  if (snap === undefined) return act();
  delete process.env[snapVariable];
  try {
    return act();
  } finally {
    process.env[snapVariable] = snap;
  }
}

/** What conf throws for content, not for the disk. The text of the file is not repeated, only which member is wrong. */
function problemOf(error: unknown): string | undefined {
  if (error instanceof SyntaxError) return 'it is not JSON';
  if (!(error instanceof Error)) return undefined;
  const said = /^Config schema violation: (.*)$/s.exec(error.message)?.[1];
  return said === undefined ? undefined : inOurWords(said);
}

/** The validator names each member in backticks, by its path, and then says what it must be. */
function inOurWords(said: string): string {
  const members = [...said.matchAll(/`([\w/]{1,100})`/g)].map(([, path]) => path ?? '');
  const named = [...new Set(members)].slice(0, 3).map((path) => path.replaceAll('/', '.'));
  return named.length === 0
    ? 'a member of it is missing, or one is there that does not belong there'
    : `what it says in ${named.join(', ')} is not in the form that laps-agent writes`;
}

/**
 * The file `name`.json in `folder`, which must exist, mode 0700. `schema` gives each member's form, `required` those that
 * must be there, `forms` what more holds of the whole (one of them must); anything else is damage. `parse` is the boundary from what the schema let through to the type.
 */
export function createConfFile<T extends object>(deps: {
  readonly folder: string;
  readonly name: string;
  readonly schema: Schema<Facts>;
  readonly required: readonly string[];
  readonly forms?: readonly object[];
  /** Formats that the schema names, beside those of the validator. */
  readonly formats?: Readonly<Record<string, (text: string) => boolean>>;
  readonly parse: (facts: Facts) => T;
  readonly print: (facts: T) => Facts;
  /** What to throw when facts to be written do not have the schema's form. */
  readonly refuse: (problem: string) => LapsError;
}): ConfFile<T> {
  const { folder, name, schema, required, forms = [{}], formats = {}, parse, print, refuse } = deps;
  const path = join(folder, `${name}.json`);
  const options: Options<Facts> = {
    cwd: folder,
    configName: name,
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
    schema,
    // An empty object is what conf makes of a missing file, and what `clear` leaves.
    rootSchema: {
      additionalProperties: false,
      anyOf: [{ maxProperties: 0 }, { required: [...required], anyOf: [...forms] }],
    },
    // The schema is ours and tested: holding it against its meta-schema at every start compiled that too, 10 MiB for good.
    ajvOptions: { logger: false, useDefaults: false, validateSchema: false, formats: { ...formats } },
  };

  async function isThere(): Promise<boolean> {
    try {
      if ((await fs.lstat(folder)).isSymbolicLink()) throw unsafePath(folder);
      const stat = await fs.lstat(path);
      if (stat.isSymbolicLink()) throw linkedFile(path);
      isPlain = stat.isFile() || stat.isDirectory();
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      isPlain = true;
      return false;
    }
  }

  /** Removes what conf leaves when it is killed between writing and renaming. */
  async function sweep(): Promise<void> {
    const left = (await fs.readdir(folder)).filter((entry) => entry.startsWith(`${name}.json.tmp-`));
    for (const entry of left) await fs.unlink(join(folder, entry));
  }

  async function quarantine(): Promise<string> {
    const whole = `${name}.json`;
    const aside = asideName(whole, nextAside([whole], await fs.readdir(folder)));
    await fs.rename(path, join(folder, aside));
    await syncFolder(nodeFileSystem, folder);
    return aside;
  }

  /** Whether what is there can be opened: a pipe would be waited for, by a read that nothing can call off. */
  let isPlain = true;
  /** Made once, for it compiles the schema; its `store` reads and validates the file each time. */
  let kept: Conf<Facts> | undefined;

  async function open(): Promise<{ readonly conf: Conf<Facts>; readonly facts: Facts } | { readonly problem: string }> {
    if (!isPlain) return { problem: 'it is not a file' };
    const ConfStore = await loadConf();
    try {
      return withoutSnap(() => {
        kept ??= new ConfStore<Facts>(options);
        return { conf: kept, facts: { ...kept.store } };
      });
    } catch (error) {
      // What it throws for is either content or the disk.
      if (codeOf(error) === 'EISDIR') return { problem: 'it is a folder' };
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      return { problem };
    }
  }

  async function replace(facts: Facts): Promise<void> {
    await isThere();
    await sweep();
    let opened = await open();
    if ('problem' in opened) {
      await quarantine();
      isPlain = true;
      opened = await open();
    }
    // A second failure on a file that was just moved away is no damage but a broken disk.
    if ('problem' in opened) throw diskError(undefined, path, 'written');
    const { conf } = opened;
    faultPoint('state.write.before');
    try {
      withoutSnap(() => {
        conf.store = facts;
      });
    } catch (error) {
      const problem = problemOf(error);
      throw problem === undefined ? error : refuse(problem);
    }
    await syncFolder(nodeFileSystem, dirname(path));
    // conf does not look at how much a write took.
    const back: unknown = JSON.parse(await fs.readFile(path, 'utf8'));
    if (!isDeepStrictEqual(back, facts)) throw Object.assign(new Error('read back differs'), { code: 'EIO' });
    faultPoint('state.write.after');
  }

  /** Whether the name in the folder is known to be synced. */
  let isDurable = false;
  const factsIn = (facts: Facts): FactsReading<T> =>
    Object.keys(facts).length === 0 ? { kind: 'absent' } : { kind: 'facts', facts: parse(facts) };

  const told = async <R>(doing: string, act: () => Promise<R>): Promise<R> => {
    try {
      return await act();
    } catch (error) {
      // Half a file reads as broken JSON: a short write.
      const cause =
        error instanceof SyntaxError ? Object.assign(new Error('read back differs'), { code: 'EIO' }) : error;
      throw diskError(cause, path, doing);
    }
  };

  return {
    path,
    read: () =>
      told('read', async () => {
        if (!(await isThere())) return { kind: 'absent' };
        const opened = await open();
        if ('problem' in opened) return { kind: 'damaged', problem: opened.problem, quarantine: await quarantine() };
        // What is acted on must not be taken back by a power cut: a killed writer may not have synced the name.
        if (!isDurable) await syncFolder(nodeFileSystem, folder);
        isDurable = true;
        return factsIn(opened.facts);
      }),
    peek: () =>
      told('read', async () => {
        if (!(await isThere())) return { kind: 'absent' };
        const opened = await open();
        return 'problem' in opened
          ? { kind: 'damaged', problem: opened.problem, quarantine: '' }
          : factsIn(opened.facts);
      }),
    write: (facts) => told('written', () => replace(print(facts))),
    clear: () => told('cleared', () => replace({})),
    putAside: () => told('put aside', quarantine),
  };
}
