/** The module that every scanning process, and every thread in it, runs. It reads hostile bytes: nothing here may open a network connection or hold a secret. */
import { analyzers } from '../audit/analyzers/index.ts';
import { runScanWorker } from '../audit/scan-worker.ts';
import { openFactReader } from '../store/backends/sqlite.ts';

await runScanWorker({ analyzers, entry: import.meta.url, openFactReader });
