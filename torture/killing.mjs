// Servers and clients are killed outright, at random moments, and started again.
import { setTimeout as pause } from 'node:timers/promises'
import { pick } from '../__test__/support/random.mjs'

/** @typedef {import('./clients.mjs').Clients} Clients */
/** @typedef {import('../scripts/servers/process.mjs').Guarded} Guarded */

const CLIENTS = 4

/**
 * Keeps clients working, and kills, until `signal` is aborted. All servers run then, and the clients that are left.
 * @param {object} task
 * @param {Clients} task.clients
 * @param {Guarded[]} task.nodes
 * @param {() => number} task.random
 * @param {AbortSignal} signal
 */
export async function kill({ clients, nodes, random }, signal) {
  const kills = { servers: 0, clients: 0 }
  /** @param {number} least @param {number} most @returns {Promise<boolean>} whether there is more to be done */
  const wait = (least, most) => {
    return pause(least + random() * (most - least), true, { signal }).catch(() => false)
  }

  /** @param {number} place */
  async function keepClient(place) {
    for (let life = 0; !signal.aborted; life += 1) {
      const client = await clients.start(`c${place}.${life}`, { part: 'work', seed: Math.floor(random() * 2 ** 32) })
      if (!(await wait(2000, 10_000))) return
      await clients.kill(client)
      kills.clients += 1
    }
  }

  async function killServers() {
    while (await wait(3000, 8000)) {
      // One node as a rule, and at times as many as the cluster can't do without.
      const number = random() < 0.7 ? 1 : Math.ceil(random() * nodes.length)
      const victims = Array.from({ length: number }, () => pick(random, nodes))
      for (const node of new Set(victims)) {
        node.kill()
        kills.servers += 1
      }
      await wait(50, 1000)
      await Promise.all([...new Set(victims)].map((node) => node.restart()))
    }
  }

  await Promise.all([killServers(), ...Array.from({ length: CLIENTS }, (_, place) => keepClient(place))])
  return kills
}
