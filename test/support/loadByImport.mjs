// Makes mocha load test files with import() and nothing else. Left alone it tries require first, which the loader of tsx
// does not reach: every file fails half way and is imported after all, some modules come to exist twice, and when the
// import fails as well, what is shown is the failure of the require.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const loader = require('mocha/lib/nodejs/esm-utils.cjs');
if (typeof loader.requireOrImport !== 'function')
  throw new Error(
    'mocha loads test files in another way now: see whether test/support/loadByImport.mjs is still needed',
  );
loader.requireOrImport = (file) => import(pathToFileURL(file).href);
