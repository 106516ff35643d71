/**
 * The wiring inside the tenant's own process: the only file that joins the tenant room to a data folder.
 *
 * Promises: the embedded one says where it is in a file of its folder, and ends when its starter does. Must never: be
 * loaded by the agent's own commands.
 */
import type { Place } from './compose.ts';
import { inodeWords } from './core/diskRoom.ts';
import { LapsError } from './core/errors.ts';
import { servicePaths } from './core/hosting/place.ts';
import { restartService } from './core/hosting/staleProgram.ts';
import { mistakeInJson, placeInJson } from './core/jsonPlace.ts';
import { shellWord } from './core/shellWord.ts';
import { isoOf } from './core/time.ts';
import { systemClock } from './edge/clock.ts';
import { exists } from './edge/dataVersion.ts';
import { codeOf, isOutOfInodes } from './edge/diskError.ts';
import { isServed } from './edge/installedData.ts';
import { misplacedOfTenant, tenantLogName } from './edge/misplaced.ts';
import { checkOutputFile, outputFailure } from './edge/outputFile.ts';
import { absolutePath, joinPath, thisSystem } from './edge/system.ts';
import { besideDataFile, checkTenantDataFile } from './edge/tenantDataFile.ts';
import { tenantLostHint } from './edge/tenantFolder.ts';
import { createPrivateLog, removeFile, writePrivateText } from './edge/tenantNotes.ts';
import { runningFileName, type TenantAddress } from './edge/tenantProcess.ts';
import { unused } from './edge/tenantUse.ts';
import { readTextFile } from './edge/textFile.ts';
import { createTenant, type RunningTenant, TenantError, type TenantLogLine } from './tenant/tenant.ts';

export interface TenantWish {
  readonly embedded: boolean;
  readonly port: number | undefined;
  readonly adminPort: number | undefined;
  readonly dataFile: string | undefined;
  readonly seedFile: string | undefined;
  readonly faults: readonly string[];
  /** Backups a device may send in an hour; 0: no limit; undefined: as generous as the contract says. */
  readonly backupsPerHour: number | undefined;
  readonly signal: AbortSignal;
  /** Resolves when whoever started the embedded tenant is gone. */
  readonly parentGone: Promise<void> | undefined;
  readonly ready: (address: TenantAddress) => void;
  readonly line: (text: string) => void;
}

function lineOf({ at, method, path, status, durationMs, notes }: TenantLogLine): string {
  const told = Object.entries(notes).map(([name, value]) => ` ${name}=${value}`);
  return `${isoOf(at) ?? ''} ${status} ${method} ${path} ${Math.round(durationMs)} ms${told.join('')}`;
}

const tenantCodes = {
  TENANT_SEED_INVALID: 'ERR_LAPS_SEED_INVALID',
  TENANT_FAULT_INVALID: 'ERR_LAPS_USAGE',
  TENANT_DATA_NEWER: 'ERR_LAPS_DATA_NEWER',
  TENANT_DATA_DAMAGED: 'ERR_LAPS_DATA_DAMAGED',
  TENANT_DATA_BUSY: 'ERR_LAPS_INSTANCE_RUNNING',
  TENANT_DATA_REFUSED: 'ERR_LAPS_DISK',
} as const;

interface SeedFile {
  readonly path: string;
  readonly text: string;
}

/** `users.json:12:5: ` where the pointer's place is known. */
function seedPlace({ path, text }: SeedFile, pointer: string | undefined): string {
  const place = pointer === undefined ? undefined : placeInJson(text, pointer);
  return place === undefined ? `${path}: ` : `${path}:${place.line}:${place.column}: `;
}

/** What an error of the tenant is about, where that is a file. */
function placeOf({ code, pointer }: TenantError, seed: SeedFile, file: string): string {
  if (code === 'TENANT_SEED_INVALID') return seedPlace(seed, pointer);
  return code.startsWith('TENANT_DATA_') ? `${file}: ` : '';
}

function hintFor({ code }: TenantError): string {
  if (code === 'TENANT_FAULT_INVALID') return 'laps tenant --help shows an example';
  if (code === 'TENANT_DATA_BUSY') return 'end that tenant, or name another file';
  if (code === 'TENANT_DATA_REFUSED')
    return 'nothing in the file is damaged: make room, or let this user write there, and try again';
  return 'mend the file, or name another one';
}

/** `file` is what was to be made: the data file, or the folder of one that keeps nothing. */
function refused(error: unknown, wish: TenantWish, seed: SeedFile, file: string): unknown {
  const code = codeOf(error);
  const isPort = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  if (code === 'EADDRINUSE')
    return new LapsError('ERR_LAPS_PORT_TAKEN', {
      message: `port ${wish.port ?? 8443} or ${wish.adminPort ?? 8444} is taken by another program`,
      hint: wish.embedded
        ? 'end that program; or give this device fresh data with --data, which chooses other ports'
        : 'choose others with --port and --admin-port; 0 takes free ones',
    });
  if (code === 'EACCES' && isPort)
    return new LapsError('ERR_LAPS_PERMISSION', {
      message: `port ${wish.port ?? 8443} or ${wish.adminPort ?? 8444} is not open to this user`,
      hint: 'choose ports from 1024 on with --port and --admin-port; 0 takes free ones',
    });
  if (error instanceof TenantError && error.code === 'TENANT_DATA_DAMAGED' && wish.embedded)
    return new LapsError('ERR_LAPS_TENANT_LOST', { message: `${file}: ${error.message}`, hint: tenantLostHint });
  if (error instanceof TenantError) {
    const code = tenantCodes[error.code];
    const message = `${placeOf(error, seed, file)}${error.message}`;
    if (error.code === 'TENANT_DATA_REFUSED' && isOutOfInodes(file))
      return new LapsError(code, { message: `${message}; ${inodeWords.because}`, hint: inodeWords.hint });
    return new LapsError(code, { message, hint: hintFor(error) });
  }
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? outputFailure(error, file) : error;
}

function parsedSeed({ path, text }: SeedFile): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const mistake = mistakeInJson(text);
    throw new LapsError('ERR_LAPS_SEED_INVALID', {
      message:
        mistake === undefined ? `${path} is not JSON` : `${path}:${mistake.line}:${mistake.column}: ${mistake.message}`,
      hint: 'fixtures/tenants/contoso.json shows the form',
    });
  }
}

/** What it leaves for others is written by its name; a folder that stands there would be told of as the data. */
async function refuseMisplaced({ folder }: Place): Promise<void> {
  const [first] = await misplacedOfTenant(folder);
  if (first !== undefined) throw first;
}

/** What of its files a start has made anew, for a person. */
function startWords({ redrawn, redated, credentialsFile, caFile }: RunningTenant, embedded: boolean): string[] {
  const words: string[] = [];
  if (redrawn.length > 0)
    words.push(`${credentialsFile} had lost the passwords of ${redrawn.join(', ')}: new ones were drawn`);
  if (redated !== undefined) {
    const dates = `valid from ${isoOf(redated.from) ?? '?'} to ${isoOf(redated.to) ?? '?'} only`;
    const others = embedded
      ? 'this device takes it up by itself'
      : `give it to each device that joined before: laps process --ca-file ${shellWord(caFile)}`;
    words.push(
      `the tenant's authority was ${dates}, which this machine's clock is out of; ${caFile} is renewed for the same key: ${others}`,
    );
  }
  return words;
}

/**
 * That another process has the embedded tenant's data. Whoever finds its address, and an answer there, starts no second
 * one: it does not answer, or the file that says where it is was lost beneath it.
 */
async function silent({ folder }: Place, problem: string): Promise<LapsError> {
  const again = (await isServed(servicePaths(), folder.root)) ? restartService : 'end laps run and start it again';
  const hint = (await exists(joinPath(folder.tenant, runningFileName)))
    ? `it runs and does not answer, as one that was stopped (SIGSTOP) or gets no turn; nothing is lost: ${again}`
    : `it runs, but the file that says where is gone, and no more than that: ${again}`;
  return new LapsError('ERR_LAPS_INSTANCE_RUNNING', { message: problem, hint });
}

async function open(place: Place, wish: TenantWish): Promise<{ tenant: RunningTenant; folder: string }> {
  if (wish.embedded) await refuseMisplaced(place);
  const folder = wish.embedded ? place.folder.tenant : joinPath(place.folder.tenant, 'alone');
  const given = wish.dataFile === undefined ? undefined : absolutePath(wish.dataFile, place.cwd);
  const dataFile = wish.embedded ? joinPath(folder, 'tenant.db') : given;
  const seedPath = wish.seedFile === undefined ? thisSystem().shippedSeed : absolutePath(wish.seedFile, place.cwd);
  const seedFile = { path: seedPath, text: await readTextFile(seedPath) };
  const seed = parsedSeed(seedFile);
  if (given !== undefined) {
    await checkOutputFile(given);
    const word = await checkTenantDataFile(given, thisSystem().uid);
    if (word !== undefined) wish.line(word);
  }
  const tell = wish.embedded ? createPrivateLog(joinPath(place.folder.logs, tenantLogName)) : wish.line;
  try {
    const tenant = await createTenant({
      folder: given !== undefined && !wish.embedded ? besideDataFile(given) : folder,
      seed,
      faults: wish.faults,
      now: systemClock.now,
      log: (line) => tell(lineOf(line)),
      ...(dataFile === undefined ? {} : { dataFile }),
      ...(wish.port === undefined ? {} : { port: wish.port }),
      ...(wish.adminPort === undefined ? {} : { adminPort: wish.adminPort }),
      ...(wish.backupsPerHour === undefined ? {} : { limits: { backupsPerHour: wish.backupsPerHour } }),
    });
    for (const sentence of startWords(tenant, wish.embedded))
      tell(wish.embedded ? `${isoOf(systemClock.now()) ?? ''} ${sentence}` : sentence);
    return { tenant, folder };
  } catch (error) {
    if (wish.embedded && error instanceof TenantError && error.code === 'TENANT_DATA_BUSY')
      throw await silent(place, `${dataFile ?? folder}: ${error.message}`);
    throw refused(error, wish, seedFile, dataFile ?? folder);
  }
}

/** Runs the tenant until it is told to end. */
export async function runTenant(place: Place, wish: TenantWish): Promise<void> {
  const { tenant, folder } = await open(place, wish);
  const { url, adminUrl, adminTokenFile, tenantId, domain, caFile, credentialsFile } = tenant;
  const address = { url, adminUrl, adminTokenFile, tenantId, domain, caFile, credentialsFile };
  const running = joinPath(folder, runningFileName);
  try {
    if (wish.embedded) await writePrivateText(running, JSON.stringify(address));
    wish.ready(address);
    const interrupted = new Promise<void>((resolve) => {
      if (wish.signal.aborted) resolve();
      else wish.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // The embedded one is not meant by Ctrl-C: whoever uses it parks its step first and then lets it go.
    await (wish.parentGone ?? interrupted);
    // Kept until this process has ended: who comes now waits for that and starts another one.
    if (wish.embedded) await unused(folder);
  } finally {
    if (wish.embedded) await removeFile(running);
    await tenant.close();
  }
}
