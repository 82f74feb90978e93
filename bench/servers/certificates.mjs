// A certificate authority and a leaf of it, made for a run.
//
// opendal trusts only the authorities that are compiled into it, and takes no other by any setting. It is measured over TLS all the
// same, by a copy of its binary in which one of those authorities, name and key, is written over with ours. Both fit byte for
// byte: our authority has a name and a key of the same lengths. Nothing else in the copy is changed.
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { promisify } from 'node:util'
import { bench, benchCache } from '../run/paths.mjs'

const run = promisify(execFile)

/** An authority in every list of roots, with a key on P-384. */
const replaced = { organization: 'Internet Security Research Group', name: 'ISRG Root X2' }
const ours = { organization: 'A benchmark of s3-store-native', name: 'for this run' }
const COUNTRY = 'US'
const POINT_BYTES = 97

/**
 * @typedef {object} Authority what a client process needs to trust the servers
 * @property {string} caFile
 * @property {string | undefined} opendal the folder of an opendal that trusts it
 */
/**
 * @typedef {Authority & CertificateTexts} Certificates
 * @typedef {object} CertificateTexts
 * @property {string} ca
 * @property {string} cert of the leaf, for localhost and 127.0.0.1
 * @property {string} key
 * @property {() => void} remove
 */

/** @returns {Promise<Certificates>} */
export async function makeCertificates() {
  // One place, so that a run that is broken off leaves no copy of the binary behind for good.
  const folder = join(benchCache, 'tls')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const at = (/** @type {string} */ name) => join(folder, name)
  const openssl = (/** @type {string[]} */ ...args) => run('openssl', args, { cwd: folder })
  const key = (/** @type {string} */ curve) => ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-nodes']
  writeFileSync(at('ca.conf'), authorityConfiguration())
  writeFileSync(
    at('leaf.ext'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n',
  )
  await openssl(
    ...['req', '-x509', ...key('P-384'), '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-sha384'],
    ...['-config', 'ca.conf'],
  )
  await openssl('req', ...key('P-256'), '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=localhost')
  await openssl(
    ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
    ...['-sha384', '-out', 'leaf.pem', '-extfile', 'leaf.ext'],
  )
  const ca = readFileSync(at('ca.pem'), 'utf8')
  return {
    caFile: at('ca.pem'),
    ca,
    cert: readFileSync(at('leaf.pem'), 'utf8'),
    key: readFileSync(at('leaf.key'), 'utf8'),
    opendal: trustingOpendal(at('opendal'), ca),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The strings of the name are to be PrintableString, as those of the one whose place it takes. */
function authorityConfiguration() {
  return [
    '[req]\nprompt = no\nstring_mask = nombstr\ndistinguished_name = name\nx509_extensions = extensions',
    `[name]\nC = ${COUNTRY}\nO = ${fitted(ours.organization, replaced.organization)}\nCN = ${fitted(ours.name, replaced.name)}`,
    '[extensions]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign\nsubjectKeyIdentifier = hash\n',
  ].join('\n')
}

/** @param {string} folder @param {string} ca @returns {string | undefined} */
function trustingOpendal(folder, ca) {
  const root = rootCertificates.find(
    (pem) => pem.length < 2000 && new X509Certificate(pem).subject.includes(replaced.name),
  )
  const platform = join(bench, 'node_modules/@opendal')
  const [binding] = readdirSync(platform)
  const file = readdirSync(join(platform, binding)).find((name) => name.endsWith('.node'))
  if (!root || !file) return undefined
  const binary = readFileSync(join(platform, binding, file))
  const texts = [
    [
      nameOf(replaced),
      nameOf({
        organization: fitted(ours.organization, replaced.organization),
        name: fitted(ours.name, replaced.name),
      }),
    ],
    [pointOf(root), pointOf(ca)],
  ]
  for (const [old, own] of texts) {
    const place = binary.indexOf(old)
    if (place < 0 || old.length !== own.length) return undefined
    own.copy(binary, place)
  }
  // Its loader looks for the binary beside itself first.
  cpSync(join(bench, 'node_modules/opendal'), folder, { recursive: true })
  writeFileSync(join(folder, file), binary)
  return folder
}

/** @param {string} text @param {string} other */
function fitted(text, other) {
  return text.padEnd(other.length, '.')
}

/** The uncompressed point of a certificate's key. @param {string} pem */
function pointOf(pem) {
  return new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }).subarray(-POINT_BYTES)
}

/** A name as X.509 encodes it, without the outer sequence. @param {{ organization: string, name: string }} authority */
function nameOf({ organization, name }) {
  const parts = /** @type {const} */ ([
    [6, COUNTRY],
    [10, organization],
    [3, name],
  ])
  return Buffer.concat(parts.map(([attribute, text]) => set(sequence(identifier(attribute), printable(text)))))
}

const tagged = (/** @type {number} */ tag, /** @type {Buffer[]} */ ...parts) => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, content.length]), content])
}
const set = (/** @type {Buffer} */ part) => tagged(0x31, part)
const sequence = (/** @type {Buffer[]} */ ...parts) => tagged(0x30, ...parts)
/** Of the arc 2.5.4, attribute types. */
const identifier = (/** @type {number} */ attribute) => tagged(0x06, Buffer.from([0x55, 0x04, attribute]))
const printable = (/** @type {string} */ text) => tagged(0x13, Buffer.from(text, 'latin1'))
