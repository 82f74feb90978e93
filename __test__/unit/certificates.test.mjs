// Which certificates a store is given to trust, and how often their file is read.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, it } from 'node:test'
import { rootCertificates } from 'node:tls'
import environment from '../../lib/native/environment.cjs'

let folder, path, given
before(() => {
  folder = mkdtempSync(join(tmpdir(), 's3-store-certificates-'))
  path = join(folder, 'extra.pem')
})
after(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  given = process.env.NODE_EXTRA_CA_CERTS
  process.env.NODE_EXTRA_CA_CERTS = path
})
afterEach(() => {
  if (given === undefined) delete process.env.NODE_EXTRA_CA_CERTS
  else process.env.NODE_EXTRA_CA_CERTS = given
})

/** A file that was changed so many seconds after 1970. */
function write(text, seconds) {
  writeFileSync(path, text)
  utimesSync(path, seconds, seconds)
}

const read = (endpoint) => environment.readCertificates({ endpoint }, () => true)

it('the file of NODE_EXTRA_CA_CERTS is read again only when it has changed', () => {
  write('one', 1000)
  assert.deepEqual(read(), { extraCaCerts: 'one' })
  write('two', 1000)
  assert.deepEqual(read('https://s3.example'), { extraCaCerts: 'one' })
  write('two', 2000)
  assert.deepEqual(read(), { extraCaCerts: 'two' })
})

it('a file that is not there is passed by', () => {
  process.env.NODE_EXTRA_CA_CERTS = join(folder, 'absent')
  assert.deepEqual(read(), {})
})

it('a store on plain HTTP is given none', () => {
  write('one', 1000)
  const certificates = environment.readCertificates({ endpoint: 'http://127.0.0.1:9000' }, () =>
    assert.fail('roots were looked for'),
  )
  assert.deepEqual(certificates, {})
})

it('a store is given Node’s own list where the system has none, and beside it the file', () => {
  write('one', 3000)
  const own = rootCertificates.join('\n')
  assert.deepEqual(
    environment.readCertificates({}, () => false),
    { extraCaCerts: 'one', rootCaCerts: own },
  )
})

it('a store that is told whom to trust is given none besides', () => {
  write('one', 4000)
  assert.deepEqual(
    environment.readCertificates({ ca: 'ca' }, () => assert.fail('roots were looked for')),
    {},
  )
})

it('a store that speaks to its proxy over TLS is given those, whatever the endpoint is', () => {
  write('one', 5000)
  const options = { endpoint: 'http://127.0.0.1:9000', proxy: 'https://proxy.example' }
  assert.deepEqual(
    environment.readCertificates(options, () => true),
    { extraCaCerts: 'one' },
  )
})
