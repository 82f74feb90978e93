// Subscribers to what the package tells on channels.
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'

const moments = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
export const attemptChannel = 's3-store-native:attempt'

/** The channels of an operation's calls. */
export const callChannel = (operation) => tracingChannel(`s3-store-native:${operation}`)

/**
 * Watches the calls of operations while `work` is done, and gives what was told: each moment, with its context as it was then.
 * @returns {Promise<{ moment: string, context: object, seen: object }[]>}
 */
export async function calls(operations, work) {
  const told = []
  const hear = (moment) => (context) => told.push({ moment, context, seen: { ...context } })
  const watched = operations.map((operation) => [
    callChannel(operation),
    Object.fromEntries(moments.map((moment) => [moment, hear(moment)])),
  ])
  for (const [channel, handlers] of watched) channel.subscribe(handlers)
  try {
    await work()
  } finally {
    for (const [channel, handlers] of watched) channel.unsubscribe(handlers)
  }
  return told
}

/** Watches attempts while `work` is done, and gives the messages. */
export async function attempts(work) {
  const told = []
  const hear = (message) => told.push(message)
  subscribe(attemptChannel, hear)
  try {
    await work()
  } finally {
    unsubscribe(attemptChannel, hear)
  }
  return told
}
