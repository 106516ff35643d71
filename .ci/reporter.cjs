// Mocha's own spec output, and beside it the numbers as a file: LAPS_TEST_RESULT names it. Both CI and people who want
// to know which files are slow read that file; nobody parses the words on the screen.
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_END } = Runner.constants;

module.exports = class ResultReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const files = new Map();
    runner.on(EVENT_TEST_END, (test) => {
      const file = relative(process.cwd(), test.file ?? '');
      files.set(file, (files.get(file) ?? 0) + (test.duration ?? 0));
    });
    runner.once(EVENT_RUN_END, () => {
      const path = process.env.LAPS_TEST_RESULT;
      if (path === undefined) return;
      const { passes, failures, pending, duration } = runner.stats;
      const slowest = [...files].sort((a, b) => b[1] - a[1]).slice(0, 10);
      writeFileSync(path, `${JSON.stringify({ passes, failures, pending, durationMs: duration, slowest })}\n`);
    });
  }
};
