// Where the tests of an example run: on each server that it is made for, and through connections that lose answers.
import { after, before, describe, it } from 'node:test'
import { TestBucket } from '../../support/bucket.mjs'
import { native } from '../../support/engines.mjs'
import { FaultServer } from '../../support/fault-server.mjs'
import { LossyProxy } from '../../support/lossy-proxy.mjs'
import { generator, seed } from '../../support/random.mjs'
import { servers } from '../../support/servers.mjs'

// versitygw judges a condition and writes in two steps: what is built on conditions can't be held to anything there.
const places = servers.filter(({ name }) => name !== 'versitygw')
const bound = 120_000

/** What a suite gets. The bucket is there once the tests run. */
class Place {
  /** @type {LossyProxy | undefined} */
  #proxy

  constructor(server, loss) {
    this.server = server
    this.loss = loss
  }

  async open(keepsVersions) {
    this.bucket = await TestBucket.create(this.server)
    if (keepsVersions) await this.bucket.keepVersions()
    if (!this.loss) return
    this.#proxy = await LossyProxy.start(this.server, generator(seed))
    // The server proves itself before answers get lost.
    const store = this.store()
    await store.createObject('proof', 'x')
    await store.deleteObject('proof')
    this.#proxy.loss = this.loss
  }

  async close() {
    // First what would keep the process.
    await this.#proxy?.close()
    await this.bucket.remove()
  }

  /** Where a program, or a store, finds the server: through the lossy connection, if this is such a place. */
  get endpoint() {
    return this.#proxy ?? this.server
  }

  /** A store of its own, with its own connections. */
  store = (options) =>
    native.open(this.endpoint, this.bucket.name, { ...(this.loss && { maxAttempts: 10 }), ...options })

  test = (name, run, options) => it(name, { timeout: bound, ...options }, (t) => run(this, t))
}

/**
 * Registers the tests of a suite on every server.
 * @param {string} title
 * @param {(place: Place) => void} suite
 * @param {{ keepsVersions?: boolean }} [options]
 */
export function onEachServer(title, suite, options) {
  for (const server of places) register(`${title}, ${server.name}`, new Place(server), suite, options)
}

/**
 * The same, with this share of the requests getting no answer.
 * @param {string} title
 * @param {(place: Place) => void} suite
 * @param {{ keepsVersions?: boolean, loss?: number }} [options]
 */
export function throughLostAnswers(title, suite, { loss = 0.2, ...options } = {}) {
  for (const server of places) {
    const name = `${title}, ${server.name}, ${loss * 100} % of answers lost (S3_STORE_SEED=${seed})`
    register(name, new Place(server, loss), suite, options)
  }
}

/** A place whose server is its own, and loses, delays or holds back what a rule says. */
class FaultPlace extends Place {
  async open(keepsVersions) {
    this.server = await FaultServer.start(seed)
    await super.open(keepsVersions)
    // The server proves itself before the faults begin.
    await this.store().createObject('proof', 'x')
  }

  async close() {
    await super.close()
    await this.server.stop()
  }

  /** Adds rules for this bucket, as dev-server/README.md has them. */
  faults = async (...rules) => {
    const ids = []
    for (const { match, ...rule } of rules) {
      ids.push(await this.server.add({ match: { bucket: this.bucket.name, ...match }, ...rule }))
    }
    return {
      /** How often each of them acted. */
      acted: () => this.server.acted(...ids),
      /** Takes them away again. */
      mend: () => Promise.all(ids.map((id) => this.server.remove(id))),
    }
  }
}

/**
 * Registers the tests of a suite on a development server of their own, whose faults they order.
 * @param {string} title
 * @param {(place: FaultPlace) => void} suite
 * @param {{ keepsVersions?: boolean }} [options]
 */
export function onFaultServer(title, suite, options) {
  register(`${title}, a server with faults`, new FaultPlace(), suite, options)
}

function register(name, place, suite, { keepsVersions = false } = {}) {
  describe(name, () => {
    before(() => place.open(keepsVersions), { timeout: bound })
    after(() => place.close(), { timeout: bound })
    suite(place)
  })
}
