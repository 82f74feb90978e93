// The event store as Emmett has them: its command handlers run on it as they are. https://event-driven-io.github.io/emmett/
import {
  assertExpectedVersionMatchesCurrent,
  downcastRecordedMessages,
  ExpectedVersionConflictError,
  NO_CONCURRENCY_CHECK,
  STREAM_DOES_NOT_EXIST,
  STREAM_EXISTS,
  upcastRecordedMessages,
} from '@event-driven-io/emmett'
import { VersionConflictError } from './event-store.mjs'

/** @typedef {import('@event-driven-io/emmett').EventStore<import('@event-driven-io/emmett').ReadEventMetadata>} EmmettStore */
/** @typedef {import('@event-driven-io/emmett').ExpectedStreamVersion} Expected */
/** @typedef {import('@event-driven-io/emmett').AnyRecordedMessage} Recorded */
/** @typedef {import('./event-store.mjs').StoredEvent} StoredEvent */

/**
 * Versions are those of Emmett's own store in memory: how many events the stream has. `from` leaves out so many of them, and what
 * `to` leaves out comes after that version.
 * @param {import('./event-store.mjs').EventStore} events
 * @returns {EmmettStore}
 */
export function emmettStore(events) {
  /** @type {any} the interface is generic in events, which are any here */
  const store = {
    /** @type {EmmettStore['readStream']} */
    async readStream(streamName, { from = 0n, to, maxCount, expectedStreamVersion, schema } = {}) {
      const end = to ?? (maxCount === undefined ? undefined : from + maxCount)
      const read = []
      let version = 0
      for await (const event of events.read(streamName, Number(from))) {
        ;({ version } = event)
        if (end === undefined || version <= end) read.push(recorded(streamName, event))
      }
      // Nothing there: perhaps nothing after `from`.
      if (version === 0 && from > 0n) version = await events.version(streamName)
      const currentStreamVersion = BigInt(version)
      assertExpectedVersionMatchesCurrent(currentStreamVersion, expectedStreamVersion, 0n)
      return {
        currentStreamVersion,
        events: /** @type {any} */ (upcastRecordedMessages(read, /** @type {any} */ (schema?.versioning))),
        streamExists: version > 0,
      }
    },

    /** @type {EmmettStore['aggregateStream']} */
    async aggregateStream(streamName, { evolve, initialState, read }) {
      const { events: all, ...rest } = await store.readStream(streamName, read)
      return { ...rest, state: all.reduce(evolve, initialState()) }
    },

    /** @type {EmmettStore['appendToStream']} */
    async appendToStream(streamName, appended, { expectedStreamVersion, schema } = {}) {
      const stored = downcastRecordedMessages(/** @type {any} */ (appended), /** @type {any} */ (schema?.versioning))
      try {
        const version = await events.append(streamName, /** @type {any} */ (stored), versionOf(expectedStreamVersion))
        return { nextExpectedStreamVersion: BigInt(version), createdNewStream: version === appended.length }
      } catch (error) {
        if (!(error instanceof VersionConflictError)) throw error
        throw Object.assign(
          new ExpectedVersionConflictError(BigInt(error.actual), /** @type {Expected} */ (expectedStreamVersion)),
          { cause: error },
        )
      }
    },

    /** @type {EmmettStore['streamExists']} */
    streamExists: async (streamName) => (await events.version(streamName)) > 0,
  }
  return store
}

/** @param {Expected | undefined} expected @returns {import('./event-store.mjs').Expected} */
function versionOf(expected = NO_CONCURRENCY_CHECK) {
  if (expected === NO_CONCURRENCY_CHECK) return 'any'
  if (expected === STREAM_EXISTS) return 'exists'
  return expected === STREAM_DOES_NOT_EXIST ? 0 : Number(expected)
}

/** @param {string} streamName @param {StoredEvent & { kind?: string }} event @returns {Recorded} */
function recorded(streamName, { id, version, kind = 'Event', ...event }) {
  const own = { streamName, messageId: id, streamPosition: BigInt(version) }
  return /** @type {Recorded} */ ({ ...event, kind, metadata: { ...event.metadata, ...own } })
}
