// An OpenID Connect issuer for stories: one page that asks whether to go on, and what is behind it.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const client = 'yunheng-stories';
const coded = (value) => Buffer.from(value).toString('base64url');

/** `file` is what the server's setting `issuers` names; it is closed with `close`. */
export async function openIssuer(dir) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const codes = new Map();
  let base;

  function page(reply, title, text) {
    reply.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    reply.end(`<!doctype html><html lang="en"><title>${title}</title><main><h1>${title}</h1>${text}</main></html>`);
  }

  function authorize(url, reply) {
    const code = randomBytes(16).toString('hex');
    codes.set(code, Object.fromEntries(url.searchParams));
    const back = new URL(url.searchParams.get('redirect_uri'));
    back.search = new URLSearchParams({ code, state: url.searchParams.get('state'), iss: base });
    page(reply, 'Issuer', `<a href="${back.href.replaceAll('&', '&amp;')}">Go on</a>`);
  }

  function token(form, reply) {
    const asked = codes.get(form.get('code'));
    codes.delete(form.get('code'));
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    if (!asked || asked.code_challenge !== challenge || asked.redirect_uri !== form.get('redirect_uri')) {
      reply.writeHead(400).end('{"error":"invalid_grant"}');
      return;
    }
    const now = Math.floor(Date.now() / 1000);
    const head = coded(JSON.stringify({ alg: 'ES256', kid: 'k' }));
    const claims = coded(
      JSON.stringify({ iss: base, aud: client, sub: 'zhang-0001', iat: now, exp: now + 300, nonce: asked.nonce }),
    );
    const mark = sign('sha256', Buffer.from(`${head}.${claims}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    answer(reply, { access_token: 'x', token_type: 'Bearer', id_token: `${head}.${claims}.${coded(mark)}` });
  }

  function answer(reply, what) {
    reply.writeHead(200, { 'Content-Type': 'application/json' });
    reply.end(JSON.stringify(what));
  }

  const server = createServer((request, reply) => {
    const url = new URL(request.url, base);
    if (url.pathname === '/.well-known/openid-configuration') {
      const at = (path) => base + path;
      answer(reply, {
        issuer: base,
        authorization_endpoint: at('/authorize'),
        token_endpoint: at('/token'),
        jwks_uri: at('/keys'),
        end_session_endpoint: at('/leave'),
      });
    } else if (url.pathname === '/keys') {
      answer(reply, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] });
    } else if (url.pathname === '/authorize') {
      authorize(url, reply);
    } else if (url.pathname === '/token') {
      const parts = [];
      request.on('data', (d) => parts.push(d));
      request.on('end', () => token(new URLSearchParams(Buffer.concat(parts).toString()), reply));
    } else if (url.pathname === '/leave') {
      page(reply, 'Signed out', `<p>${url.searchParams.get('client_id') === client ? 'You have left.' : ''}</p>`);
    } else {
      reply.writeHead(404).end();
    }
  });
  await new Promise((go) => server.listen(0, '127.0.0.1', go));
  base = `http://127.0.0.1:${server.address().port}`;
  const file = join(dir, 'issuers.yaml');
  writeFileSync(
    file,
    `issuers:\n  city:\n    issuer: ${base}\n    client_id: ${client}\n    zh: 市统一身份认证\n    en: City sign-on\n    plain: true\n`,
  );
  return {
    file,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A port that nobody listens on just now. */
export async function freePort() {
  const probe = createServer();
  await new Promise((go) => probe.listen(0, '127.0.0.1', go));
  const { port } = probe.address();
  await new Promise((go) => probe.close(go));
  return port;
}
