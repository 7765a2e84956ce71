/** Reports in the programs that read them: a browser, Python's XML parser. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { html } from '../../src/report/renderers/html.ts';
import { junit } from '../../src/report/renderers/junit.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../builders/dossier.ts';
import { hostileVerdict } from '../builders/hostile-verdict.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };
const rendering = { colour: false, width: 80, toolVersion: '0.1.0', single: true };

const withFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-reports-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('a browser shows a hostile page without running, asking for or breaking anything', options, () =>
  withFolder(async (folder) => {
    const file = join(folder, 'report.html');
    const address = pathToFileURL(file).href;
    const ordinary = someVerdict({
      dossier: someDossier({ findings: [someFinding({ severity: 'info' })], gaps: [someGap()] }),
    });
    writeFileSync(file, html.render([hostileVerdict(), ordinary], rendering));
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const events: string[] = [];
      page.on('request', (request) => events.push(request.url()));
      page.on('dialog', (dialog) => events.push(`dialog ${dialog.message()}`));
      page.on('console', (message) => events.push(`console ${message.text()}`));
      page.on('pageerror', (error) => events.push(`error ${error.message}`));
      await page.goto(address);
      assert.deepEqual(events, [address], 'one request, and nothing was blocked or run');
      assert.equal(await page.locator('script, iframe, object, embed, img, a[href], form, link').count(), 0);
      assert.equal(await page.locator('section.sheet').count(), 2);
      const sheet = page.locator('section.sheet').nth(1);
      const finding = sheet.locator('.finding.info');
      assert.equal(await finding.isVisible(), true, 'the only severity there is shown');
      await sheet.locator('input[value=info]').uncheck();
      assert.equal(await finding.isVisible(), false, 'the filter works without a script');
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0, 'nothing is wider than the page');
    } finally {
      await browser.close();
    }
  }),
);

test("Python's XML parser reads the JUnit report and counts what we count", options, () =>
  withFolder(async (folder) => {
    const file = join(folder, 'report.xml');
    writeFileSync(file, junit.render([hostileVerdict(), someVerdict()], rendering));
    const script = `
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
suites = root.findall('testsuite')
cases = root.findall('.//testcase')
assert root.tag == 'testsuites' and len(suites) == 2
assert int(root.get('tests')) == len(cases)
assert int(root.get('failures')) == len(root.findall('.//failure')) > 0
assert int(root.get('skipped')) == len(root.findall('.//skipped')) > 0
assert {element.tag for element in root.iter()} <= {'testsuites', 'testsuite', 'properties', 'property', 'testcase', 'failure', 'error', 'skipped', 'system-out'}
print('read')
`;
    assert.equal(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }), 'read\n');
  }),
);
