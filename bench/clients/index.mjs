// Who is measured. Each has a module beside this file that opens it; `module` names one that serves several.

/**
 * What a client module's `open` gives. A client has the verbs that its package has.
 * @typedef {object} Client
 * @property {(key: string) => Promise<{ byteLength: number }>} [get] the whole object in memory, as bytes
 * @property {(key: string, body: Buffer, etag: string) => Promise<string | undefined | void>} [put] over the object with that etag,
 *   where the package can say so; gives the new etag, if it knows it
 * @property {(key: string, take: (piece: { byteLength: number }) => void) => Promise<void>} [stream] the object piece by piece
 * @property {(key: string) => Promise<unknown>} [getJson] an object as a value
 * @property {(key: string, value: unknown, etag: string) => Promise<string | undefined>} [putJson]
 * @property {() => Promise<number>} [list] all keys of the bucket; gives how many
 */
/**
 * Where a client is to find its bucket.
 * @typedef {object} Place
 * @property {string} endpoint
 * @property {string} region
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} bucket
 * @property {boolean} [trust] whether the server cannot prove that it honours conditions
 */
/**
 * @typedef {object} ClientEntry
 * @property {'ours' | 'peer' | 'floor'} kind
 * @property {string} label
 * @property {string} [module] under bench/clients, if not the name
 * @property {string} [package] whose version is stated
 * @property {Record<string, unknown>} [options] for the module's `open`
 * @property {'node' | 'bun' | 'wrk'} [runtime] what runs it: node, unless said
 */

/** As many connections as this store has by default, for each client that limits them at all. */
export const connections = 128

/** @type {Record<string, ClientEntry>} */
export const clients = {
  direct: { kind: 'ours', label: 's3-store-native', module: 'ours', options: { wire: 'direct' } },
  sdk: { kind: 'ours', label: 's3-store-native, SDK wire', module: 'ours', options: { wire: 'sdk' } },
  kessler: { kind: 'peer', label: '@kessler/s3-store', package: '@kessler/s3-store' },
  'aws-sdk': { kind: 'peer', label: '@aws-sdk/client-s3', package: '@aws-sdk/client-s3' },
  opendal: { kind: 'peer', label: 'opendal', package: 'opendal' },
  minio: { kind: 'peer', label: 'minio', package: 'minio' },
  'lean-s3': { kind: 'peer', label: 'lean-s3', package: 'lean-s3' },
  s3mini: { kind: 'peer', label: 's3mini', package: 's3mini' },
  aws4fetch: { kind: 'peer', label: 'aws4fetch', package: 'aws4fetch' },
  bun: { kind: 'peer', label: 'Bun.S3Client', package: 'bun', runtime: 'bun' },
  undici: { kind: 'floor', label: 'undici, raw and unsigned', package: 'undici' },
  wrk: { kind: 'floor', label: 'wrk (no Node.js)', runtime: 'wrk' },
  'napi-empty': { kind: 'floor', label: "napi's empty async fn" },
  'our-empty': { kind: 'floor', label: 'our empty call' },
  'direct-raw': {
    kind: 'floor',
    label: 's3-store-native without its JSON wrapper',
    module: 'ours',
    options: { wire: 'direct', rawJson: true },
  },
}

/**
 * The size of the object that a key names, for a floor that reads none.
 * @param {string} key
 */
export function sizeIn(key) {
  return Number(key.slice(key.indexOf('-') + 1))
}

/** @param {...('ours' | 'peer' | 'floor')} kinds */
export function namesOf(...kinds) {
  return Object.keys(clients).filter((name) => kinds.includes(clients[name].kind))
}
