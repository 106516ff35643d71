/** Fresh ids for cycles, rotations and requests. */
import { randomUUID } from 'node:crypto';
import type { IdSource } from '../core/ports.ts';

/** Random lower-case GUIDs. */
export const randomIds: IdSource = { newId: () => randomUUID() };
