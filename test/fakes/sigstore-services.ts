/** The services of a private sigstore instance over HTTP, as cosign asks them: Fulcio, Rekor 1 and 2, time stamps. They believe every token. */
import { createHash, createPublicKey } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ASN1Obj } from '@sigstore/core';
import { certificatePem } from './sigstore-signer.ts';
import type { FakeBody, FakeEntry, FakeSigstore, FakeTrustedRoot } from './sigstore-authorities.ts';

export interface FakeServices extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: string[];
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');
const hexOf = (base64: string): string => fromBase64(base64).toString('hex');

interface CertificateRequest {
  readonly publicKeyRequest: { readonly publicKey: { readonly content: string } };
}

const certify = async (sigstore: FakeSigstore, token: string, body: string): Promise<object> => {
  const { publicKeyRequest } = JSON.parse(body) as CertificateRequest;
  const [, claims = ''] = token.split('.');
  const { sub, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string; iss: string };
  const publicKey = createPublicKey(publicKeyRequest.publicKey.content);
  // Only the public half is asked for.
  const leaf = await sigstore.certify({ publicKey, privateKey: publicKey }, { subject: sub, issuer: iss });
  const { certificateAuthorities } = JSON.parse(sigstore.trustedRoot()) as FakeTrustedRoot;
  const root = fromBase64(certificateAuthorities[0]?.certChain.certificates[0]?.rawBytes ?? '');
  return { signedCertificateEmbeddedSct: { chain: { certificates: [certificatePem(leaf), certificatePem(root)] } } };
};

interface ProposedDsse {
  readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] };
}

/** Rekor 1 takes an envelope and writes down its hashes. */
const canonical = (proposed: FakeBody): FakeBody => {
  if (proposed.kind !== 'dsse') return proposed;
  const { envelope, verifiers } = (proposed.spec as ProposedDsse).proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: readonly { sig: string }[] };
  return {
    apiVersion: proposed.apiVersion,
    kind: 'dsse',
    spec: {
      envelopeHash: { algorithm: 'sha256', value: sha256(Buffer.from(envelope)) },
      payloadHash: { algorithm: 'sha256', value: sha256(fromBase64(payload)) },
      signatures: signatures.map(({ sig }, position) => ({ signature: sig, verifier: verifiers[position] })),
    },
  };
};

const toRekor1 = ({
  logId,
  logIndex,
  integratedTime,
  inclusionPromise,
  inclusionProof,
  canonicalizedBody,
}: FakeEntry) => ({
  [`${'0'.repeat(16)}${sha256(fromBase64(canonicalizedBody))}`]: {
    body: canonicalizedBody,
    integratedTime: Number(integratedTime),
    logID: hexOf(logId.keyId),
    logIndex: Number(logIndex),
    verification: {
      inclusionProof: {
        checkpoint: inclusionProof.checkpoint.envelope,
        hashes: inclusionProof.hashes.map(hexOf),
        logIndex: Number(inclusionProof.logIndex),
        rootHash: hexOf(inclusionProof.rootHash),
        treeSize: Number(inclusionProof.treeSize),
      },
      signedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
    },
  },
});

interface Rekor2Request {
  readonly hashedRekordRequestV002: { readonly digest: string; readonly signature: object };
}

const toRekor2 = (sigstore: FakeSigstore, body: string): FakeEntry => {
  const { digest, signature } = (JSON.parse(body) as Rekor2Request).hashedRekordRequestV002;
  const data = { algorithm: 'SHA2_256', digest };
  return sigstore.log(
    { apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002: { data, signature } } },
    2,
  );
};

/** TimeStampReq of RFC 3161: version, messageImprint, … nonce. */
const stamp = async (sigstore: FakeSigstore, body: Buffer<ArrayBuffer>): Promise<Uint8Array> => {
  const { subs } = ASN1Obj.parseBuffer(body);
  const nonce = subs.slice(2).find(({ tag }) => tag.isInteger());
  return sigstore.timestampOf(subs[1]?.subs[1]?.value ?? Buffer.alloc(0), nonce?.value);
};

const readBody = async (request: IncomingMessage): Promise<Buffer<ArrayBuffer>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Listens on a free port of 127.0.0.1. Dispose of it. */
export const startFakeServices = async (sigstore: FakeSigstore): Promise<FakeServices> => {
  const requests: string[] = [];
  const answer = async (
    path: string,
    token: string,
    body: Buffer<ArrayBuffer>,
  ): Promise<Uint8Array | object | undefined> => {
    const text = body.toString('utf8');
    if (path === '/api/v2/signingCert') return certify(sigstore, token, text);
    if (path === '/api/v1/log/entries') return toRekor1(sigstore.log(canonical(JSON.parse(text) as FakeBody), 1));
    if (path === '/api/v2/log/entries') return toRekor2(sigstore, text);
    return path === '/api/v1/timestamp' ? stamp(sigstore, body) : undefined;
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    requests.push(path);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const found = await answer(path, token, await readBody(request));
    const isBytes = found instanceof Uint8Array;
    // Rekor 1 names the entry that it made by its id.
    const made = path === '/api/v1/log/entries' ? { etag: Object.keys(found ?? {})[0] } : {};
    response.writeHead(found === undefined ? 404 : path === '/api/v2/signingCert' ? 200 : 201, {
      ...made,
      'content-type': isBytes ? 'application/timestamp-reply' : 'application/json',
    });
    response.end(isBytes ? found : JSON.stringify(found));
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((thrown: unknown) => response.writeHead(400).end(String(thrown)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
