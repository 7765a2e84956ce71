import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder } from '../../test/contracts/image-source.contract.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { unavailable } from '../core/fault.ts';
import { surveyPlaces } from './survey-place.ts';

const unreached = (code: string) =>
  unavailable('ENGINE_UNREACHABLE', `connect ${code}`, 'x', Object.assign(new Error(code), { code }));

const surveyOf = (thrown: unknown, chosen = false) =>
  surveyPlaces(
    'docker',
    fakeContext(),
    () => [{ label: 'unix:///x', chosen }],
    () => Promise.reject(thrown as Error),
  );

test('nobody who listens is an absence; one that may not be asked is a problem that says what to do', async () => {
  for (const code of ['ENOENT', 'ENOTDIR', 'ECONNREFUSED']) {
    assert.deepEqual((await surveyOf(unreached(code))).absent, ['docker at unix:///x']);
    assert.equal((await surveyOf(unreached(code), true)).problems.length, 1);
  }
  for (const code of ['EACCES', 'EPERM']) {
    const [problem] = (await surveyOf(unreached(code))).problems;
    assert.equal(problem?.fault.code, 'ENGINE_FORBIDDEN');
    assert.match(problem.fault.message, /docker at unix:\/\/\/x may not be asked.*as root/);
  }
  const [late] = (await surveyOf(unreached('ETIMEDOUT'))).problems;
  assert.equal(late?.fault.code, 'ENGINE_UNREACHABLE');
});

test('a bug is no problem of an engine, and an interrupt ends the survey', async () => {
  await assert.rejects(surveyOf(new TypeError('a bug')), /a bug/);
  const signal = AbortSignal.abort(new Error('interrupted'));
  const context = fakeContext({ signal });
  const places = [{ label: 'x', chosen: false }];
  await assert.rejects(
    surveyPlaces(
      'docker',
      context,
      () => places,
      () => Promise.reject(unreached('ENOENT')),
    ),
    /interrupted/,
  );
});

test('one socket under two names is asked once; places where something else is spoken are absences', () =>
  inFolder(async (folder) => {
    const [socketPath, link] = [join(folder, 'real'), join(folder, 'link')];
    await writeFile(socketPath, '');
    await symlink(socketPath, link);
    const places = [socketPath, link].map((path) => ({ socketPath: path, label: path, chosen: false }));
    let asked = 0;
    const survey = await surveyPlaces(
      'cri',
      fakeContext(),
      () => places,
      async () => {
        asked += 1;
        return undefined;
      },
    );
    assert.deepEqual([asked, survey.absent, survey.answered], [1, [`cri at ${socketPath}`], []]);
  }));

test('nothing configured is said too', async () => {
  const survey = await surveyPlaces(
    'kubernetes',
    fakeContext(),
    () => [],
    async () => [],
  );
  assert.deepEqual(survey.absent, ['kubernetes (nothing is configured)']);
});
