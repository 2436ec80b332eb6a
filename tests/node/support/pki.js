/** Certificates, made by openssl for this run: a CA of our own, and what it signs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {object} Identity
 * @property {Buffer} key
 * @property {Buffer} cert
 * @property {{ key: string, cert: string }} paths
 */

/** @param {{ after: (stop: () => unknown) => void }} t what removes its files */
export function makePki(t) {
  const folder = mkdtempSync(join(tmpdir(), 'fetchloop-pki-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = [
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=fetchloop test CA',
  ];
  openssl('req', ...ca);

  /** @returns {Identity} */
  const read = (name) => {
    const paths = { key: join(folder, `${name}.key`), cert: join(folder, `${name}.crt`) };
    return { key: readFileSync(paths.key), cert: readFileSync(paths.cert), paths };
  };

  return {
    folder,
    openssl,
    ca: read('ca'),
    /** @param {string} name @param {string} subjectAltName such as DNS:a.test,IP:127.0.0.1 */
    issue(name, subjectAltName) {
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subjectAltName}\n`);
      const signed = [
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
      ];
      openssl('x509', ...signed, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
      return read(name);
    },
    /** Both of one that was issued in one file, PKCS #12. @param {string} name @param {string} password @returns {string} its path */
    bundle(name, password) {
      const files = ['-in', `${name}.crt`, '-inkey', `${name}.key`, '-out', `${name}.p12`];
      openssl('pkcs12', '-export', ...files, '-passout', `pass:${password}`);
      return join(folder, `${name}.p12`);
    },
  };
}
