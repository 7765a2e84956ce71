/** The module that scanning processes run in tests of the audit engine. */
import { runScanWorker } from '../../src/audit/scan-worker.ts';
import { openFactReader } from '../../src/store/backends/sqlite.ts';
import { marker } from './marker-analyzer.ts';

await runScanWorker({ analyzers: [marker], entry: import.meta.url, openFactReader });
