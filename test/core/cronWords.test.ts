/** What is a schedule: never more than the ticker's own library takes, and always with a day on which it comes due. */
import assert from 'node:assert/strict';
import { createTask, validate } from 'node-cron';
import { cronProblem } from '../../agent/core/cronWords.ts';

/** When it comes due next, by the library that the daemon uses. */
function nextRun(cron: string): Date | null {
  const task = createTask(cron, () => {});
  void task.start();
  const next = task.getNextRun();
  void task.destroy();
  return next;
}

describe('the words of a schedule', () => {
  it('are five, each within its range, with names, ranges, lists and steps', () => {
    for (const cron of [
      '* * * * *',
      '0 * * * *',
      '*/10 * * * *',
      '5,35 8-18 * * mon-fri',
      '0 0 1,15 JAN-dec/2 *',
      '0 0 * * 7',
      '59 23 31 12 0',
      '0 0 29 2 *',
      '1-59/2 */6 * feb sun,SAT',
      '  0   6 * * *  ',
    ])
      assert.equal(cronProblem(cron), undefined, cron);
  });

  it('are refused by the word that is wrong, which is not repeated', () => {
    for (const [cron, problem] of [
      ['', /0 words/],
      ['* * * *', /4 words/],
      ['* * * * * *', /6 words/],
      ['@hourly', /1 word instead/],
      ['60 * * * *', /first word, the minute.*0 to 59/],
      ['* 24 * * *', /second word, the hour.*0 to 23/],
      ['* * 0 * *', /third word, the day of the month.*1 to 31/],
      ['* * * 13 *', /fourth word, the month.*jan to dec/],
      ['* * * * 8', /fifth word, the weekday.*sun to sat/],
      ['* * * * moonday', /weekday/],
      ['-1 * * * *', /minute/],
      ['1.5 * * * *', /minute/],
      ['007 * * * *', /minute/],
      ['*/0 * * * *', /minute/],
      ['*/60 * * * *', /minute/],
      ['5/10 * * * *', /minute/],
      ['20-10 * * * *', /minute/],
      ['1-2-3 * * * *', /minute/],
      ['*/2/2 * * * *', /minute/],
      ['1,,2 * * * *', /minute/],
      ['** * * * *', /minute/],
      ['0\t* * * * *', /minute/],
      ['0 0 L * *', /day of the month/],
      ['0 0 30 2 *', /never come due/],
      ['0 0 31 apr,jun,9,11 mon', /never come due/],
    ] as const)
      assert.match(cronProblem(cron) ?? '', problem, cron);
  });

  it('are taken by the library as well, which then knows a next time', () => {
    // Every part that is accepted somewhere, and many that are not, in every place.
    const parts = [
      '*',
      '0',
      '1',
      '7',
      '12',
      '23',
      '29',
      '31',
      '59',
      '*/2',
      '*/7',
      '1-5',
      '3-3',
      '2-6/2',
      '1,4',
      '6,1-3',
    ];
    const named = ['jan', 'FEB', 'mon', 'sat', 'feb-apr', 'mon-fri', 'dec', '9-12/3', '0-7', 'x', '5/2', '9-2', '99'];
    let accepted = 0;
    for (const [index, first] of [...parts, ...named].entries())
      for (const second of [...parts, ...named])
        for (let place = 0; place < 5; place += 1) {
          const words = ['*', '*', '*', '*', '*'];
          words[place] = first;
          words[(place + 1 + (index % 4)) % 5] = second;
          const cron = words.join(' ');
          if (cronProblem(cron) !== undefined) continue;
          accepted += 1;
          assert.equal(validate(cron), true, cron);
          // Asking for the next time is slow: every seventh is enough to see that there is one.
          if (accepted % 7 === 0) assert.ok(nextRun(cron) instanceof Date, cron);
        }
    assert.ok(accepted > 1000, String(accepted));
  });
});
