// A certificate authority of one's own, and a server that ends TLS in front of one that speaks plain HTTP.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Makes a CA and a certificate of it for `localhost`, 127.0.0.1 and further names. @param {string[]} [names] */
export async function makeCertificates(names = []) {
  const folder = await mkdtemp(join(tmpdir(), 's3-store-tls-'))
  const at = (name) => join(folder, name)
  const openssl = (...args) => run('openssl', args, { cwd: folder })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await openssl(
    ...['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
  )
  await openssl('req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=localhost')
  const subjects = ['DNS:localhost', 'IP:127.0.0.1', ...names.map((name) => `DNS:${name}`)].join(',')
  await writeFile(
    at('leaf.ext'),
    `subjectAltName=${subjects}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
  )
  await openssl(
    ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
    ...['-out', 'leaf.pem', '-extfile', 'leaf.ext'],
  )
  return {
    caFile: at('ca.pem'),
    ca: await readFile(at('ca.pem'), 'utf8'),
    cert: await readFile(at('leaf.pem'), 'utf8'),
    key: await readFile(at('leaf.key'), 'utf8'),
    folder,
    remove: () => rm(folder, { recursive: true }),
  }
}

/** A TLS server on a free port that passes what it gets on to `endpoint`. */
export async function tlsProxy(endpoint, { cert, key }) {
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set()
  const server = createServer({ cert, key }, (secure) => {
    const plain = connect(Number(port), hostname)
    for (const socket of [secure, plain]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    secure.on('error', () => plain.destroy())
    plain.on('error', () => secure.destroy())
    secure.pipe(plain).pipe(secure)
  })
  server.on('tlsClientError', () => {})
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `https://127.0.0.1:${server.address().port}`,
    localhost: `https://localhost:${server.address().port}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
