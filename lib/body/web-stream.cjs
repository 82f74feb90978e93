'use strict'

// The web's streams over anything that gives its bytes piece by piece.

/** @typedef {import('./pieces.cjs').Pieces} Pieces */

/** @param {Pieces} pieces */
function toWebStream(pieces) {
  // No global in jest's jsdom environment, and loaded only where somebody wants one.
  const { ReadableStream } = require('node:stream/web')
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = await pieces.next()
        if (piece) controller.enqueue(new Uint8Array(piece.buffer, piece.byteOffset, piece.length))
        else controller.close()
      },
      cancel() {
        pieces.cancel()
      },
    },
    // Nothing is read ahead of the reader.
    { highWaterMark: 0 },
  )
}

module.exports = { toWebStream }
