import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameSite } from './site.ts';

const both = (one: string, other: string): boolean => {
  assert.equal(isSameSite(one, other), isSameSite(other, one), `${one} and ${other} in either order`);
  return isSameSite(one, other);
};

test('hosts of one registered domain are a site', () => {
  assert.ok(both('registry.example.com', 'auth.example.com'));
  assert.ok(both('example.com', 'cdn.registry.example.com'));
  assert.ok(both('registry-1.docker.io', 'auth.docker.io'));
  assert.ok(both('registry.example.co.uk', 'auth.example.co.uk'));
  assert.ok(both('127.0.0.1', '127.0.0.1'));
});

test('hosts of different registered domains are none', () => {
  assert.ok(!both('registry.example.com', 'example.net'));
  assert.ok(!both('registry.example.com', 'notexample.com'));
  assert.ok(!both('one.co.uk', 'two.co.uk'));
  assert.ok(!both('example.com', 'example.com.attacker.net'));
});

test('neighbours under a shared suffix are strangers, the own subdomains are not', () => {
  assert.ok(!both('one.s3.amazonaws.com', 'two.s3.amazonaws.com'));
  assert.ok(!both('one.blob.core.windows.net', 'two.blob.core.windows.net'));
  assert.ok(!both('d1.cloudfront.net', 'd2.cloudfront.net'));
  assert.ok(!both('one.r2.cloudflarestorage.com', 'two.r2.cloudflarestorage.com'));
  assert.ok(!both('one.azurecr.io', 'two.azurecr.io'));
  assert.ok(!both('registry.jfrog.io', 'jfrog.io'));
  assert.ok(!both('pub.one.svc.cluster.local', 'pub.two.svc.cluster.local'));
  assert.ok(isSameSite('team.jfrog.io', 'cdn.team.jfrog.io'));
});

test('addresses and one-label names are a site only with themselves', () => {
  assert.ok(!both('127.0.0.1', '127.0.0.2'));
  assert.ok(!both('10.0.0.1', '9.10.0.0.1'));
  assert.ok(!both('registry', 'auth'));
  assert.ok(!both('com', 'example.com'));
  assert.ok(!both('::1', '::2'));
});
