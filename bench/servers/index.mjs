// The servers of a run, each started when it is first needed.
import { startDevServer } from '../../scripts/servers/dev-server.mjs'
import { startMinio } from '../../scripts/servers/minio.mjs'
import { bytesOf } from '../process/operations.mjs'
import { makeCertificates } from './certificates.mjs'
import { fixedEtag, startNginx } from './nginx.mjs'
import { startSecureMinio } from './secure-minio.mjs'
import { seeder } from './seed.mjs'

/** @typedef {import('../clients/index.mjs').Place} Place */
/** @typedef {'nginx' | 'nginx-tls' | 'dev-server' | 'minio' | 'minio-tls'} ServerName */
/**
 * @typedef {object} Target a server as a client process needs it
 * @property {Place} place
 * @property {import('./certificates.mjs').Authority} [authority] of its certificate
 */
/** @typedef {import('../../scripts/servers/process.mjs').Descriptor} Descriptor */
/** @typedef {Descriptor & { stop(): Promise<void>, secureEndpoint?: string, secure?: boolean }} Started */

const bucket = 'bench'

export class Servers {
  /** @type {Map<string, Promise<Started>>} */
  #started = new Map()
  /** @type {Awaited<ReturnType<typeof makeCertificates>> | undefined} */
  #certificates
  /** @type {Record<string, string>} */
  versions = {}
  #objects
  #devServer

  /**
   * @param {import('./nginx.mjs').Objects} objects of nginx
   * @param {string} [devServer] the development server's program, if it was built before
   */
  constructor(objects, devServer) {
    this.#objects = objects
    this.#devServer = devServer
  }

  /**
   * @param {ServerName} name
   * @param {string} [bucketName]
   * @returns {Promise<Target>}
   */
  async target(name, bucketName = bucket) {
    const server = await this.#server(name)
    const { region, accessKeyId, secretAccessKey } = server
    const keys = { region, accessKeyId, secretAccessKey, bucket: bucketName }
    const secure = server.secure === true || name === 'nginx-tls'
    const endpoint = name === 'nginx-tls' ? String(server.secureEndpoint) : server.endpoint
    const trust = name.startsWith('nginx')
    return { place: { ...keys, endpoint, trust }, ...(secure && { authority: await this.certificates() }) }
  }

  /**
   * Writes what the client is to find there before its first call.
   * @param {ServerName} name
   * @param {string} client
   * @param {import('../process/operations.mjs').Work} work
   * @returns {Promise<import('../process/operations.mjs').Work>}
   */
  async prepare(name, client, work) {
    const prefix = `put/${client}/${work.size}/`
    if (name.startsWith('nginx')) return { ...work, prefix, etag: fixedEtag }
    const server = await this.#server(name)
    const seeds = seeder(server, this.#certificates?.ca)
    const body = bytesOf(work.size)
    try {
      let etag = await seeds.put(bucket, `get-${work.size}`, body)
      if (work.verb === 'put') {
        for (let lane = 0; lane < work.inFlight; lane += 1) etag = await seeds.put(bucket, `${prefix}${lane}`, body)
      }
      return { ...work, prefix, etag }
    } finally {
      seeds.close()
    }
  }

  /** The authority and the leaf of this run. */
  async certificates() {
    this.#certificates ??= await makeCertificates()
    return this.#certificates
  }

  async stop() {
    const started = await Promise.allSettled(this.#started.values())
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)))
    await this.#certificates?.remove()
  }

  /** @param {ServerName} name */
  async #server(name) {
    const key = name === 'nginx-tls' ? 'nginx' : name
    const known = this.#started.get(key)
    if (known) return known
    await this.certificates()
    const starting = this.#start(key)
    this.#started.set(key, starting)
    const server = await starting
    this.versions[server.name] = server.version
    return server
  }

  /** @param {string} name @returns {Promise<Started>} */
  async #start(name) {
    const certificates = /** @type {NonNullable<typeof this.#certificates>} */ (this.#certificates)
    if (name === 'nginx') return startNginx(certificates, this.#objects)
    if (name === 'dev-server') return startDevServer({ program: this.#devServer, buckets: [bucket] })
    const server = name === 'minio' ? await startMinio() : { ...(await startSecureMinio(certificates)), secure: true }
    const seeds = seeder(server, certificates.ca)
    await seeds.bucket(bucket)
    seeds.close()
    return server
  }
}
