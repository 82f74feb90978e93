// HTTPS with a certificate authority of one's own.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { environment, resultOf } from './support/child.mjs'
import { TestBucket } from './support/bucket.mjs'
import { connection } from './support/engines.mjs'
import { assertKeepsSecret, rejection } from './support/expect-error.mjs'
import { anyServer } from './support/servers.mjs'
import { makeCertificates, tlsProxy } from './support/tls.mjs'

const bound = { timeout: 60_000 }

describe('HTTPS', () => {
  let certificates, proxy, bucket
  before(async () => {
    certificates = await makeCertificates()
    proxy = await tlsProxy(anyServer.endpoint, certificates)
    bucket = await TestBucket.create(anyServer)
  }, bound)
  after(async () => {
    await proxy?.close()
    await bucket?.remove()
    await certificates?.remove()
  }, bound)

  const program = (variables) => {
    const env = { ...environment(anyServer), AWS_ENDPOINT_URL_S3: proxy.localhost, ...variables }
    return resultOf('round-trip.mjs', [bucket.name], { env })
  }

  it('trusts a CA of NODE_EXTRA_CA_CERTS', bound, async () => {
    assert.deepEqual(await program({ NODE_EXTRA_CA_CERTS: certificates.caFile }), { text: 'over TLS' })
    assert.equal(await bucket.text('tls'), 'over TLS')
  })

  it('trusts each of several certificates in the file, whatever stands between them', bound, async () => {
    const file = join(certificates.folder, 'bundle.pem')
    await writeFile(file, `# a comment\n${certificates.cert}\nsome text\n\n${certificates.ca}\n`)
    assert.deepEqual(await program({ NODE_EXTRA_CA_CERTS: file }), { text: 'over TLS' })
  })

  it('accepts a certificate for an IP address', bound, async () => {
    const result = await program({ NODE_EXTRA_CA_CERTS: certificates.caFile, AWS_ENDPOINT_URL_S3: proxy.endpoint })
    assert.deepEqual(result, { text: 'over TLS' })
  })

  it('trusts Node’s own list where the system has none', bound, async () => {
    const env = { ...environment(anyServer), AWS_ENDPOINT_URL_S3: proxy.localhost, NODE_EXTRA_CA_CERTS: undefined }
    const args = [bucket.name, certificates.caFile]
    assert.deepEqual(await resultOf('no-system-roots.mjs', args, { env }), { text: 'over TLS' })
    assert.match((await resultOf('round-trip.mjs', args, { env })).error, /UnknownIssuer/, 'only there')
  })

  it('a certificate of nobody’s is an error that says so', bound, async () => {
    const store = createS3Store(bucket.name, connection({ ...anyServer, endpoint: proxy.localhost }))
    const error = await rejection(store.getObject('tls'))
    assert.ok(error instanceof Error)
    assert.equal(typeof error.code, 'string')
    assert.match(`${error.code} ${error.message}`, /cert|issuer|TLS/i)
    assert.ok(error.message.includes(proxy.localhost), error.message)
    assert.ok(error.message.includes(bucket.name), error.message)
    assertKeepsSecret(error, anyServer.secretAccessKey)
  })

  it('a file of extra certificates that is broken or absent does not end the process', bound, async () => {
    const broken = join(certificates.folder, 'broken.pem')
    await writeFile(broken, '-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n')
    for (const file of [broken, join(certificates.folder, 'absent.pem')]) {
      const result = await program({ NODE_EXTRA_CA_CERTS: file })
      assert.equal(typeof result.error, 'string')
    }
  })

  it('asked of a server that speaks plain HTTP is an error', bound, async () => {
    const endpoint = anyServer.endpoint.replace('http:', 'https:')
    const error = await rejection(createS3Store(bucket.name, connection({ ...anyServer, endpoint })).getObject('tls'))
    assert.ok(error instanceof Error)
    assert.ok(error.message.includes(endpoint), error.message)
  })
})
