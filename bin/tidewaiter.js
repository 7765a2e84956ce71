#!/usr/bin/env node
// The command of the installed package. Nothing is imported before the version is known: an older Node would fail in native
// code or on syntax, without a word about the reason. Kept to syntax that older Nodes can read.
const major = Number(process.versions.node.split('.')[0]);

const start = async () => {
  await import('../dist/cli/main.js');
};

if (major < 24) {
  const found = process.versions.node;
  process.stderr.write(`tidewaiter: Node 24 or newer is needed, and v${found} runs this. Install Node 24 or newer.\n`);
  process.exitCode = 2;
} else {
  void start();
}
