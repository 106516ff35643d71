/**
 * Every way this program says no, in one table (design 4, law 4).
 *
 * Knows: for each code, the exit status, the Windows event and HRESULT that go with it where there is one. Promises:
 * one class for every failure a person may see, with a message for the person, a hint what to do, and a detail only
 * for the operator's log. Must never: carry a secret, a request body or a foreign error object's text unchecked.
 */

interface ErrorRow {
  /** Exit status, contract 2. */
  readonly exit: 1 | 2 | 3;
  /** The event that reports it inside a cycle; ours from 50000 on, Windows' below. */
  readonly event?: number;
  /** The HRESULT that 10005 carries when this ends a cycle (wire 3.2: a status s becomes 0x80070000 | s). */
  readonly hresult: number;
}

/** HRESULTs: Win32 errors as 0x8007xxxx, WinINet/WinHTTP ones in the 12000 range (wire 3.2, spec 11.2). */
export const errorTable = {
  // the words
  ERR_LAPS_USAGE: { exit: 2, hresult: 0x80070057 },
  // policy
  ERR_LAPS_POLICY_UNREADABLE: { exit: 1, event: 50001, hresult: 0x8007000d },
  ERR_LAPS_POLICY_INVALID: { exit: 1, hresult: 0x8007000d },
  ERR_LAPS_POLICIES_MISSING: { exit: 3, event: 50023, hresult: 0x80070003 },
  ERR_LAPS_NO_SUCH_FILE: { exit: 3, hresult: 0x80070002 },
  ERR_LAPS_FILE_UNREADABLE: { exit: 3, hresult: 0x80070005 },
  ERR_LAPS_FILE_EXISTS: { exit: 3, hresult: 0x80070050 },
  ERR_LAPS_NOT_MANAGED: { exit: 1, event: 50002, hresult: 0x80070032 },
  // the data folder
  ERR_LAPS_CONFIGURATION: { exit: 3, hresult: 0x8007000d },
  ERR_LAPS_NO_SUCH_GROUP: { exit: 3, hresult: 0x80070527 },
  ERR_LAPS_SERVICE: { exit: 3, hresult: 0x80070422 },
  ERR_LAPS_DATA_MISSING: { exit: 3, hresult: 0x80070003 },
  ERR_LAPS_DATA_UNSAFE: { exit: 3, hresult: 0x80070005 },
  ERR_LAPS_DATA_NEWER: { exit: 3, hresult: 0x8007051a },
  ERR_LAPS_DATA_DAMAGED: { exit: 3, hresult: 0x8007045d },
  ERR_LAPS_DISK: { exit: 3, event: 50019, hresult: 0x80070070 },
  ERR_LAPS_PERMISSION: { exit: 3, hresult: 0x80070005 },
  ERR_LAPS_INSTANCE_RUNNING: { exit: 3, hresult: 0x800700b7 },
  ERR_LAPS_DAEMON_UNREACHABLE: { exit: 3, hresult: 0x800706ba },
  // the device
  ERR_LAPS_NOT_JOINED: { exit: 3, event: 50002, hresult: 0x80070032 },
  ERR_LAPS_ALREADY_JOINED: { exit: 3, hresult: 0x800700b7 },
  ERR_LAPS_IDENTITY_COPIED: { exit: 3, event: 50013, hresult: 0x80070005 },
  ERR_LAPS_JOIN_REFUSED: { exit: 1, hresult: 0x80070005 },
  // the tenant
  ERR_LAPS_NO_TENANT: { exit: 3, event: 10025, hresult: 0x80072efd },
  ERR_LAPS_NAME_NOT_RESOLVED: { exit: 3, event: 10025, hresult: 0x80072ee7 },
  ERR_LAPS_TENANT_UNTRUSTED: { exit: 3, event: 10025, hresult: 0x80072f0d },
  ERR_LAPS_TENANT_NOT_PINNED: { exit: 3, event: 10025, hresult: 0x80072f78 },
  ERR_LAPS_DISCOVERY_FAILED: { exit: 3, event: 10025, hresult: 0x80072f78 },
  ERR_LAPS_PROXY_REFUSED: { exit: 3, event: 10025, hresult: 0x80072efd },
  ERR_LAPS_DEVICE_AUTH: { exit: 1, event: 10026, hresult: 0x8007052e },
  ERR_LAPS_TENANT_REFUSED: { exit: 1, event: 10059, hresult: 0x80070190 },
  ERR_LAPS_TENANT_THROTTLED: { exit: 1, event: 10059, hresult: 0x800701ad },
  ERR_LAPS_TENANT_UNCLEAR: { exit: 1, event: 10028, hresult: 0x80072efe },
  ERR_LAPS_THROTTLED_UNTIL: { exit: 1, event: 50007, hresult: 0x800701ad },
  ERR_LAPS_CLOCK_WRONG: { exit: 1, hresult: 0x80070576 },
  ERR_LAPS_BACKUP_MISMATCH: { exit: 1, hresult: 0x8007000d },
  ERR_LAPS_TENANT_LOST: { exit: 3, event: 50080, hresult: 0x80070490 },
  ERR_LAPS_PORT_TAKEN: { exit: 3, hresult: 0x80072740 },
  ERR_LAPS_SEED_INVALID: { exit: 3, hresult: 0x8007000d },
  // the account
  ERR_LAPS_ACCOUNT_MISSING: { exit: 1, event: 10013, hresult: 0x80070525 },
  ERR_LAPS_ACCOUNT_PROTECTED: { exit: 1, event: 50030, hresult: 0x80070005 },
  ERR_LAPS_ACCOUNT_NOT_LOCAL: { exit: 1, event: 50031, hresult: 0x80070525 },
  ERR_LAPS_ACCOUNTS_SHUT: { exit: 3, event: 50092, hresult: 0x80070005 },
  ERR_LAPS_ACCOUNT_BUSY: { exit: 3, event: 50037, hresult: 0x80070020 },
  ERR_LAPS_ACCOUNT_REFUSED: { exit: 1, event: 10019, hresult: 0x8007052d },
  ERR_LAPS_ACCOUNT_UNVERIFIED: { exit: 1, event: 50012, hresult: 0x8007052b },
  ERR_LAPS_ACCOUNT_CONTROLLED: { exit: 1, event: 10031, hresult: 0x800721ce },
  ERR_LAPS_NO_ACCEPTABLE_PASSWORD: { exit: 1, event: 10027, hresult: 0x8007052d },
  ERR_LAPS_HOLD: { exit: 1, event: 50005, hresult: 0x800704c7 },
  ERR_LAPS_SIGN_IN_FAILED: { exit: 1, hresult: 0x8007052e },
  // the administrator's side
  ERR_LAPS_DEVICE_UNKNOWN: { exit: 1, hresult: 0x80070490 },
  ERR_LAPS_ADMIN_SIGN_IN: { exit: 1, hresult: 0x8007052e },
  ERR_LAPS_ACCESS_DENIED: { exit: 1, hresult: 0x80070005 },
  ERR_LAPS_GRAPH_FAILED: { exit: 3, hresult: 0x80072efe },
  // time and ourselves
  ERR_LAPS_TIMEOUT: { exit: 1, hresult: 0x800705b4 },
  ERR_LAPS_INTERRUPTED: { exit: 1, hresult: 0x800704c7 },
  ERR_LAPS_INTERNAL: { exit: 3, hresult: 0x8000ffff },
} as const satisfies Record<string, ErrorRow>;

/** The closed union of error codes. */
export type LapsErrorCode = keyof typeof errorTable;

/** What may be told about one failure. */
export interface LapsErrorInit {
  /** For the person: what happened, in one sentence without a full stop. */
  readonly message: string;
  /** For the person: what to do next. */
  readonly hint?: string;
  /** For the operator's log only: never on screen, never a secret. */
  readonly detail?: string;
  /** Overrides the table's HRESULT where the failure has a number of its own (an HTTP status). */
  readonly hresult?: number;
  readonly cause?: unknown;
}

/** The one error class. Thrown for what stops a command; expected outcomes are values instead. */
export class LapsError extends Error {
  readonly code: LapsErrorCode;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  readonly hresult: number;

  constructor(code: LapsErrorCode, init: LapsErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'LapsError';
    this.code = code;
    this.hint = init.hint;
    this.detail = init.detail;
    this.hresult = init.hresult ?? errorTable[code].hresult;
  }

  /** Exit status of contract 2. */
  get exit(): 1 | 2 | 3 {
    return errorTable[this.code].exit;
  }
}

/**
 * Whether a thrown value is one of ours. By shape, not by class: under a test runner that loads some files through
 * require and others through import, one source file is two modules with a class each.
 */
export function isLapsError(error: unknown): error is LapsError {
  return (
    error instanceof Error &&
    error.name === 'LapsError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    Object.hasOwn(errorTable, error.code)
  );
}

/** The HRESULT of an HTTP status that is not a success (wire 3.2). */
export function hresultOfHttpStatus(status: number): number {
  return (0x80070000 | (status & 0xffff)) >>> 0;
}

/** `0x80070190` and the like: eight lower-case hexadecimal digits, as Windows prints them. */
export function formatHresult(hresult: number): string {
  return `0x${(hresult >>> 0).toString(16).padStart(8, '0')}`;
}
