// Servers and clients are killed outright, at random moments, and started again.
import { setTimeout as pause } from 'node:timers/promises'
import { pick } from '../__test__/support/random.mjs'

/** @typedef {import('./clients.mjs').Clients} Clients */

const CLIENTS = 4

/**
 * Keeps clients working, and kills, for so many seconds from when all work. All servers run then, and the clients that are left.
 * What can't be killed is left alone. Of a cluster one node is down at a time, which is what it is to survive.
 * @param {object} task
 * @param {Clients} task.clients
 * @param {import('./servers.mjs').Node[]} task.nodes
 * @param {() => number} task.random
 * @param {number} task.seconds
 * @param {AbortSignal} [interrupted]
 */
export async function kill({ clients, nodes, random, seconds }, interrupted) {
  const killable = nodes.filter((node) => node.kill)
  const kills = { clients: 0, ...(killable.length > 0 && { servers: 0 }) }
  const places = Array.from({ length: CLIENTS }, (_, place) => place)
  const first = await Promise.all(places.map((place) => begin(place, 0)))
  const over = AbortSignal.timeout(Math.round(seconds * 1000))
  const signal = interrupted ? AbortSignal.any([over, interrupted]) : over

  /** @param {number} least @param {number} most @returns {Promise<boolean>} whether there is more to be done */
  function wait(least, most) {
    return pause(least + random() * (most - least), true, { signal }).catch(() => false)
  }

  /** A life begins with the first call: on a busy machine it takes a while to get there. @param {number} place @param {number} life */
  async function begin(place, life) {
    const client = await clients.start(`c${place}.${life}`, { part: 'work', seed: Math.floor(random() * 2 ** 32) })
    while (!clients.isWorking(client)) await pause(50)
    return client
  }

  /** @param {number} place */
  async function keepClient(place) {
    let client = first[place]
    for (let life = 1; await wait(2000, 10_000); life += 1) {
      await clients.kill(client)
      kills.clients += 1
      client = await begin(place, life)
    }
  }

  async function killServers() {
    // Down for a part of the time, however long a start takes here.
    let took = 0
    while (await wait(2000 + took, 6000 + took)) {
      const node = pick(random, killable)
      node.kill?.()
      kills.servers = (kills.servers ?? 0) + 1
      const began = performance.now()
      await wait(50, 1000)
      await node.restart?.()
      took = performance.now() - began
    }
  }

  const killing = killable.length > 0 ? [killServers()] : []
  await Promise.all([...killing, ...places.map(keepClient)])
  return kills
}

/**
 * Kills and starts each server once more: what still hangs in one, or waits for a lock of one that was killed, ends with it.
 * @param {import('./servers.mjs').Node[]} nodes
 */
export async function restartAll(nodes) {
  for (const node of nodes) {
    node.kill?.()
    await node.restart?.()
  }
}
