/** `laps doctor`: walks the known causes of a failed backup and names the one that holds (the vendor's checklist). */
import type { Place } from '../compose.ts';
import type { Check } from '../core/diagnosis/check.ts';
import { type Diagnosis, diagnose } from '../core/diagnosis/diagnose.ts';
import { LapsError } from '../core/errors.ts';
import { administratorOf, signInOptions } from './administrator.ts';
import type { Face, Verb } from './face.ts';
import { reachOf } from './place.ts';
import { diagnosisText } from './render/diagnosis.ts';
import { palette } from './render/paint.ts';

const jsonOf = ({ name, result, text: seen, trouble }: Check) => ({
  check: name,
  result,
  text: seen,
  code: trouble?.code ?? null,
  hint: trouble?.hint ?? null,
});

/** As a script reads it. */
export function diagnosisDocument({ checks, finding, unasked }: Diagnosis): object {
  const found = finding?.trouble;
  return {
    healthy: finding === undefined,
    unasked: unasked ?? null,
    checks: checks.map(jsonOf),
    finding: finding === undefined ? null : jsonOf(finding),
    error: found === undefined ? null : { code: found.code, message: found.message, hint: found.hint },
  };
}

/** The service answers its group, but what this verb looks at is closed to them. */
async function lookedAt(face: Face): Promise<Place> {
  const { place } = await reachOf(face, { look: true, anyway: true });
  if (place !== undefined) return place;
  throw new LapsError('ERR_LAPS_PERMISSION', {
    message: "the data of this machine's service is closed to you, and laps doctor looks at all of it",
    hint: 'sudo laps doctor; laps status asks the service itself',
  });
}

export const verb: Verb = {
  configure(command) {
    command.description(
      'Walks the known causes of a failed backup in order, says of each whether it holds, and names the first that does with what to do. Reads only: nothing is changed, no password is sent; works beside a running daemon and without one. With an administrator it also asks whether LAPS is switched on, and compares the newest backup with what this machine remembers: a machine or a tenant that was put back to an earlier state is seen only so.',
    );
    signInOptions(command);
    command.option('--ca-file <file>', 'PEM file of a private authority to trust as well, for this look');
    command.addHelpText(
      'after',
      '\nAgainst the embedded tenant, without --user, its Cloud Device Administrator is asked.\nExit status: 0 nothing found (also where no policy asks for a backup), 1 a cause found, 3 could not look.\nExamples:\n  laps doctor\n  laps doctor --user admin@contoso.test',
    );
  },
  async run(face) {
    const place = await lookedAt(face);
    const { doctorFacts } = await import('../composeDoctor.ts');
    const diagnosis = diagnose(await doctorFacts(place, administratorOf(face)));
    if (face.json) face.outJson(diagnosisDocument(diagnosis));
    else face.out(diagnosisText(diagnosis, palette(face.color), face.host.stdout.columns));
    return diagnosis.finding === undefined ? 0 : 1;
  },
};
