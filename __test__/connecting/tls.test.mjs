// HTTPS with a certificate authority of one's own.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createServer, rootCertificates } from 'node:tls'
import createS3Store, { AmbiguousWriteError } from 's3-store-native'
import { object } from '../support/answers.mjs'
import { environment, resultOf } from '../support/child.mjs'
import { TestBucket } from '../support/bucket.mjs'
import { connection } from '../support/engines.mjs'
import { assertKeepsSecret, rejection } from '../support/expect-error.mjs'
import { Recorder } from '../support/recorder.mjs'
import { anyServer } from '../support/servers.mjs'
import { makeCertificates, tlsProxy } from '../support/tls.mjs'

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

  it('a CA made anew under the old one’s name is told from an unknown one', bound, async () => {
    const anew = await makeCertificates()
    try {
      const result = await program({ NODE_EXTRA_CA_CERTS: anew.caFile })
      assert.equal(result.code, 'CERT_SIGNATURE_FAILURE')
      assert.match(result.error, /to trust its authority, name that one's certificate in NODE_EXTRA_CA_CERTS/)
    } finally {
      await anew.remove()
    }
  })

  it('a file of extra certificates that is broken or absent does not end the process', bound, async () => {
    const broken = join(certificates.folder, 'broken.pem')
    await writeFile(broken, '-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n')
    for (const file of [broken, join(certificates.folder, 'absent.pem')]) {
      const result = await program({ NODE_EXTRA_CA_CERTS: file })
      assert.equal(typeof result.error, 'string')
    }
  })

  describe('with ca', () => {
    const where = () => ({ ...connection({ ...anyServer, endpoint: proxy.localhost }), maxAttempts: 1 })
    const given = {
      text: ({ ca }) => ca,
      bytes: ({ ca }) => Buffer.from(ca),
      'one of several, of which one is beside another in a text': ({ ca }) => [
        rootCertificates[0],
        new Uint8Array(Buffer.from(`# a comment\n${rootCertificates[1]}\nsome text\n${ca}`)),
      ],
    }
    for (const [name, make] of Object.entries(given)) {
      for (const wire of ['direct', 'sdk']) {
        it(`trusts it, given as ${name}, ${wire} wire`, bound, async () => {
          const store = createS3Store(bucket.name, { ...where(), ca: make(certificates), wire })
          await store.deleteObject('ca')
          await store.createObject('ca', name)
          assert.equal(await (await store.getObject('ca')).asString(), name)
        })
      }
    }

    it('trusts nobody else, as Node’s TLS does: not NODE_EXTRA_CA_CERTS either', bound, async () => {
      const kept = process.env.NODE_EXTRA_CA_CERTS
      process.env.NODE_EXTRA_CA_CERTS = certificates.caFile
      try {
        await createS3Store(bucket.name, where()).deleteObject('ca')
        for (const wire of ['direct', 'sdk']) {
          const store = createS3Store(bucket.name, { ...where(), ca: [...rootCertificates], wire })
          const error = await rejection(store.deleteObject('ca'))
          assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
        }
      } finally {
        if (kept === undefined) delete process.env.NODE_EXTRA_CA_CERTS
        else process.env.NODE_EXTRA_CA_CERTS = kept
      }
    })

    it('trusts the system’s authorities no more', bound, async () => {
      // Names the system's authorities.
      const env = {
        ...environment(anyServer),
        AWS_ENDPOINT_URL_S3: proxy.localhost,
        SSL_CERT_FILE: certificates.caFile,
      }
      const seen = async (options) => {
        const args = [JSON.stringify({ conditions: 'trust', ...options }), bucket.name]
        const { errors } = await resultOf('errors.mjs', args, { env })
        return errors.map(({ code }) => code)
      }
      const refused = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
      assert.deepEqual(await seen({ ca: rootCertificates[0] }), [refused, refused, refused, refused])
      assert.ok(!(await seen({})).includes(refused))
    })

    it('means nothing to plain HTTP', bound, async () => {
      const store = createS3Store(bucket.name, { ...connection(anyServer), ca: rootCertificates[0] })
      await store.deleteObject('ca')
    })
  })

  describe('with dangerouslySkipTlsVerification', () => {
    const warnings = []
    const warn = (warning) => warnings.push(warning)
    before(() => process.on('warning', warn))
    after(() => process.off('warning', warn))
    const open = (endpoint, options) =>
      createS3Store(bucket.name, {
        ...connection({ ...anyServer, endpoint }),
        dangerouslySkipTlsVerification: true,
        maxAttempts: 1,
        ...options,
      })

    for (const wire of ['direct', 'sdk']) {
      it(`takes whoever answers, ${wire} wire`, bound, async () => {
        const store = open(proxy.localhost, { wire })
        await store.deleteObject('skipped')
        await store.createObject('skipped', wire)
        assert.equal(await (await store.getObject('skipped')).asString(), wire)
        assert.equal(await bucket.text('skipped'), wire)
      })

      it(`takes who has a certificate for another name, ${wire} wire`, bound, async () => {
        const tunnel = await Recorder.start({
          certificates,
          credentials: connection(anyServer).credentials,
          answer: () => object('other'),
        })
        try {
          const store = open('https://s3.example', { proxy: `http://127.0.0.1:${tunnel.port}`, wire })
          assert.equal(await (await store.getObject('key')).asString(), 'other')
          assert.match(tunnel.requests[0].authority, /s3\.example:443$/)
        } finally {
          await tunnel.close()
        }
      })

      it(`tells what may have been written from what has not, ${wire} wire`, bound, async () => {
        const sockets = []
        const server = createServer(certificates, (socket) => {
          socket.on('error', () => {})
          socket.once('data', () => socket.destroy())
        })
        const silent = createTcpServer((socket) => sockets.push(socket))
        for (const one of [server, silent]) await new Promise((resolve) => one.listen(0, '127.0.0.1', resolve))
        const at = (one) => `https://127.0.0.1:${one.address().port}`
        try {
          const options = { wire, conditions: 'trust', connectionTimeout: 500 }
          const lost = await rejection(open(at(server), options).createObject('key', 'body'))
          assert.ok(lost instanceof AmbiguousWriteError, String(lost))
          const late = await rejection(open(at(silent), options).createObject('key', 'body'))
          assert.equal(late.code, 'ETIMEDOUT')
          assert.match(late.message, /no connection to/)
          const gone = at(server)
          await new Promise((resolve) => server.close(resolve))
          const refused = await rejection(open(gone, options).createObject('key', 'body'))
          assert.equal(refused.code, 'ECONNREFUSED')
        } finally {
          for (const socket of sockets) socket.destroy()
          for (const one of [server, silent]) one.close()
        }
      })
    }

    it('names a host that is not known', bound, async () => {
      assert.equal((await rejection(open('https://s3.invalid').getObject('key'))).code, 'ENOTFOUND')
    })

    it('given as false verifies', bound, async () => {
      const error = await rejection(open(proxy.localhost, { dangerouslySkipTlsVerification: false }).getObject('tls'))
      assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    })

    it('warns once', bound, () => {
      const said = warnings.filter(({ message }) => message.includes('dangerouslySkipTlsVerification'))
      assert.deepEqual(
        said.map(({ name }) => name),
        ['S3StoreWarning'],
      )
    })
  })

  it('asked of a server that speaks plain HTTP is an error', bound, async () => {
    const endpoint = anyServer.endpoint.replace('http:', 'https:')
    const error = await rejection(createS3Store(bucket.name, connection({ ...anyServer, endpoint })).getObject('tls'))
    assert.ok(error instanceof Error)
    assert.ok(error.message.includes(endpoint), error.message)
  })
})
