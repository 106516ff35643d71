/**
 * What `laps doctor` found out before anything is judged.
 *
 * Knows: shapes only. Promises: whatever could not be found out is a value that says so. Must never: hold a secret.
 */
import type { DiskRoom } from '../diskRoom.ts';
import type { LapsErrorCode } from '../errors.ts';
import type { WaitingWord } from '../hosting/waiting.ts';
import type { PolicyReading } from '../policy/read.ts';
import type { AccountExamination, AccountObstacle, IdentityReading, StateReading, WireFailure } from '../ports.ts';
import type { JournalRecord } from '../rotation/journal.ts';

/** Something that is wrong, for a person. */
export interface Trouble {
  readonly code: LapsErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** What is read of a thing, or what kept it from being read. */
export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

export interface DataFacts extends DiskRoom {
  /** As a person would type it. */
  readonly folder: string;
  /** Why nothing can be written there, in words. */
  readonly problem: string | undefined;
  /** Why no command would work on it: the version of the data is lost, in words. */
  readonly versionProblem: string | undefined;
  /** Why real accounts are not managed from there; undefined when they may be, or are not. */
  readonly unsafe: Trouble | undefined;
  /** Folders and links where files belong. */
  readonly misplaced: readonly Trouble[];
  /** What else the next command would mend, in words. */
  readonly remarks: readonly string[];
}

export interface ConfigurationFacts {
  /** As a person would type it. */
  readonly path: string;
  /** Of the file, and of the environment. */
  readonly troubles: readonly Trouble[];
  /** The tenant it names; undefined for none. */
  readonly tenant?: string | undefined;
}

export type DaemonFacts =
  /**
   * `signInProblem`: as in DoctorFacts, by its own rights; undefined when it does not tell. `stale`: that it is not of the
   * program that is installed, in words. `nextCycleAt`: when it looks next, epoch ms; null where it does not tell.
   */
  | {
      readonly kind: 'running';
      readonly signInProblem: string | null | undefined;
      readonly stale: string | undefined;
      readonly nextCycleAt: number | null;
    }
  /** It cannot work yet and tries again by itself. */
  | { readonly kind: 'waiting'; readonly waiting: WaitingWord }
  /** `held`: who works on the data folder all the same; undefined where nobody does, or the system does not tell. */
  | { readonly kind: 'absent'; readonly held: { readonly message: string; readonly hint: string } | undefined }
  /** It is there and does not answer as it should. */
  | { readonly kind: 'silent'; readonly trouble: Trouble };

/** A certificate that was shown, for people: never a reason to trust. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: string;
  /** Epoch ms. */
  readonly validFrom: number;
  readonly validTo: number;
}

/** An authority that is trusted here and vouches for what was shown, but is out of its own dates. */
export interface OutdatedAuthority {
  readonly name: string;
  /** Epoch ms. */
  readonly validFrom: number;
  readonly validTo: number;
  /** Where it is kept here. */
  readonly file: string;
  /** It is the embedded tenant's own, which renews it. */
  readonly isOwn: boolean;
}

export type ProxyFacts =
  | { readonly kind: 'none' }
  /** Host and port, without credentials. */
  | { readonly kind: 'proxy'; readonly shown: string }
  | { readonly kind: 'unusable'; readonly problem: string };

/** The way to the tenant, walked once with the very requests of a cycle that carry no password. */
export interface NetworkFacts {
  /** `host:port`. */
  readonly host: string;
  readonly proxy: ProxyFacts;
  /** The first layer that failed. `answer`: all stood, and what came back is no tenant's. */
  readonly stopped:
    | {
        readonly at: 'start' | 'proxy' | 'name' | 'connection' | 'certificate' | 'answer';
        readonly failure: WireFailure;
      }
    | undefined;
  /** Whatever was shown in place of a certificate that can be trusted. */
  readonly certificate: ShownCertificate | undefined;
  readonly authority?: OutdatedAuthority | undefined;
  /** What came back is a web page, or leads to one. */
  readonly webPage: boolean;
  /** The server's Date and this machine's own clock at that moment, epoch ms. */
  readonly clocks: { readonly server: number; readonly own: number } | undefined;
  /** Undefined when it was not asked for. */
  readonly token: { readonly kind: 'token' } | { readonly kind: 'failed'; readonly failure: WireFailure } | undefined;
}

/** What an administrator sees of this device. */
export interface AdministratorFacts {
  /** Undefined when this administrator may not see it. */
  readonly lapsEnabled: boolean | undefined;
  /** Epoch ms of the newest credential; null when none is kept. */
  readonly lastBackup: Read<number | null>;
}

/** The last refusal of a backup, as the tenant gave it (event 10059). */
export interface LastRefusal {
  readonly subcode: string;
}

/** What the running daemon was started with, where it differs from the shell that `laps doctor` runs in. */
export interface DaemonSurroundings {
  /** The proxy it uses for this tenant. */
  readonly proxy: ProxyFacts;
  /** Whether it reads the same files of certificate authorities. */
  readonly sameAuthorities: boolean;
}

export interface DoctorFacts {
  /** Epoch ms. */
  readonly now: number;
  readonly disk: DataFacts;
  readonly configuration: ConfigurationFacts;
  readonly daemon: DaemonFacts;
  readonly identity: Read<IdentityReading>;
  readonly policy: PolicyReading;
  /** Undefined when no policy names one. `mark`: of its password field now. */
  readonly account:
    | Read<AccountExamination & { readonly mark: string | undefined; readonly obstacle: AccountObstacle | undefined }>
    /** The simulated accounts are made by the next start: there were none here before. */
    | { readonly kind: 'toCome' }
    | undefined;
  /** That a foreign change could not be told from none, in words. */
  readonly markProblem: string | undefined;
  /** Why sign-ins are missed, in words, as this command may look; undefined when none is. */
  readonly signInProblem: string | undefined;
  readonly journal: Read<JournalRecord | 'absent' | 'damaged'>;
  readonly state: Read<StateReading>;
  /** The data folder that has taken over the account of the rotation that is open; undefined for none. */
  readonly openTakenBy: string | undefined;
  readonly lastRefusal: LastRefusal | undefined;
  /** Undefined when there is no identity to ask with. */
  readonly network: NetworkFacts | undefined;
  /** Undefined where no daemon runs or the system does not tell. */
  readonly surroundings: DaemonSurroundings | undefined;
  /** Undefined when nobody was named. */
  readonly administrator: Read<AdministratorFacts> | undefined;
}
