// The floor of `laps validate` over many native files: read, JSON.parse, one compiled ajv validator, nothing told.
// Its validator is the one that the program carries, compiled beforehand, so that no schema is compiled here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateModern } from '../../../agent/core/policy/generated/settingsValidator.mjs';

const folder = process.argv[2];
let good = 0;
for (const name of readdirSync(folder).sort())
  if (validateModern(JSON.parse(readFileSync(join(folder, name), 'utf8')))) good += 1;
process.stdout.write(`${good}\n`);
