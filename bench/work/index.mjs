// What is measured, by name. A goal and a plot find their figures by group, verb, server, size and calls in flight.
import { namesOf } from '../clients/index.mjs'

/** @typedef {import('../run/scenario.mjs').Scenario} Scenario */

export const KIB = 1024
export const MIB = 1024 * KIB

const measured = [...namesOf('ours', 'peer')]
const overHttp = [...measured, 'undici']
const growing = ['direct', 'sdk', 'kessler', 'opendal', 'undici']
const listing = measured.filter((name) => name !== 'aws4fetch')

/** @type {Record<string, (quick: boolean) => Scenario[]>} */
export const groups = {
  get: (quick) => [
    ...[1, 32, 256, 1024].map((inFlight) => ({
      group: 'get',
      server: /** @type {const} */ ('nginx'),
      work: { verb: /** @type {const} */ ('get'), size: KIB, inFlight },
      clients: [...overHttp, 'wrk', 'napi-empty', 'our-empty'],
      ...(quick && { operations: inFlight }),
    })),
    scenario('get', 'nginx', 'get', 64 * KIB, 32, overHttp),
  ],

  put: (quick) => [
    ...[1, 32, 256, 1024].map((inFlight) => ({
      ...scenario('put', 'nginx', 'put', KIB, inFlight, overHttp),
      ...(quick && { operations: inFlight }),
    })),
    scenario('put', 'nginx', 'put', 64 * KIB, 32, overHttp),
  ],

  https: () => [
    scenario('https', 'nginx-tls', 'get', KIB, 32, overHttp),
    scenario('https', 'nginx-tls', 'put', KIB, 32, overHttp),
    scenario('https', 'nginx-tls', 'get', KIB, 1, overHttp),
  ],

  servers: () =>
    /** @type {const} */ (['dev-server', 'minio', 'minio-tls']).flatMap((server) => [
      scenario('servers', server, 'get', KIB, 32, measured),
      scenario('servers', server, 'put', KIB, 32, measured),
    ]),

  large: (quick) =>
    /** @type {const} */ (['get', 'stream', 'put']).map((verb) => ({
      ...scenario('large', 'nginx', verb, 64 * MIB, 1, overHttp),
      operations: quick ? 1 : 3,
      warmUp: quick ? 1 : 2,
      ms: 0,
    })),

  json: () =>
    [KIB, MIB].flatMap((size) => {
      const warmUp = size > KIB ? { warmUp: 40 } : {}
      return [
        {
          ...scenario('json', 'nginx', 'getJson', size, 8, [
            'direct',
            'direct-raw',
            'sdk',
            'kessler',
            'aws-sdk',
            'opendal',
          ]),
          ...warmUp,
        },
        { ...scenario('json', 'nginx', 'roundTrip', size, 8, ['direct', 'direct-raw', 'sdk', 'kessler']), ...warmUp },
      ]
    }),

  list: (quick) =>
    (quick ? [1000, 10_000] : [10_000, 100_000]).map((keys) => ({
      ...scenario('list', 'nginx', 'list', keys, 1, listing),
      bucket: `list-${keys}`,
      operations: 1,
      warmUp: 1,
      ...(!quick && { rounds: 5 }),
    })),

  memory: (quick) => [
    { ...scenario('memory', 'nginx', 'get', KIB, 32, overHttp), ...much(quick ? 500 : 20_000) },
    { ...scenario('memory', 'nginx', 'get', KIB, quick ? 500 : 10_000, overHttp), ...much(quick ? 500 : 20_000) },
  ],

  growth: (quick) => [
    ...[2, 8, 128, 512, 2048].map((inFlight) => ({
      ...scenario('growth', 'nginx', 'get', KIB, inFlight, growing),
      ...(quick && { operations: inFlight }),
    })),
    ...[1, 4, 16, 64, 256, 1024, 4096, 16_384].flatMap((kib) =>
      /** @type {const} */ (['get', 'put']).map((verb) => ({
        ...scenario('growth', 'nginx', verb, kib * KIB, 4, growing),
        operations: 8,
        warmUp: kib > 256 ? 8 : 500,
      })),
    ),
  ],
}

/** Groups that are no scenarios: see run/cold.mjs and run/size.mjs. */
export const others = ['cold', 'size']

export const coldClients = measured

/**
 * @param {string} group
 * @param {Scenario['server']} server
 * @param {Scenario['work']['verb']} verb
 * @param {number} size
 * @param {number} inFlight
 * @param {string[]} clients
 * @returns {Scenario}
 */
function scenario(group, server, verb, size, inFlight, clients) {
  return { group, server, work: { verb, size, inFlight }, clients }
}

/**
 * One round of so many calls in a process of its own, hardly warmed up: the memory that is in use at the most is that of these calls.
 * @param {number} operations
 */
function much(operations) {
  return { operations, warmUp: 1, ms: 0, rounds: 1, alone: true }
}

/**
 * What nginx must have to be read.
 * @param {Scenario[]} scenarios
 * @returns {import('../servers/nginx.mjs').Objects}
 */
export function objectsOf(scenarios) {
  const of = (verbs) => [
    ...new Set(scenarios.filter(({ work }) => verbs.includes(work.verb)).map(({ work }) => work.size)),
  ]
  // For a first small answer, a body that is not read at once, and the cold start.
  const get = new Set([KIB, MIB, ...of(['get', 'stream'])])
  return { get: [...get], json: of(['getJson', 'roundTrip']), list: of(['list']) }
}
