'use strict'

// The order of versions and delete markers on a page.

/** @typedef {import('../index.cjs').ListedVersion} ListedVersion */
/** @typedef {{ key: string, versionId?: string }} Marker where a page begins: after this */

/**
 * Versions and delete markers as S3 lists them: by key, and of each key the newest first. Where they come in two lists, one
 * after the other, these are merged, each of them left in its own order: the date of an upload in parts is that of its beginning.
 * @param {ListedVersion[]} rows
 * @returns {ListedVersion[]}
 */
function inOrder(rows) {
  const changes = rows.filter(({ IsDeleteMarker }, at) => at > 0 && IsDeleteMarker !== rows[at - 1].IsDeleteMarker)
  if (changes.length > 1) return rows
  const versions = rows.filter(({ IsDeleteMarker }) => !IsDeleteMarker)
  const markers = rows.filter(({ IsDeleteMarker }) => IsDeleteMarker)
  const merged = []
  let next = 0
  for (const version of versions) {
    while (next < markers.length && isBefore(markers[next], version)) {
      merged.push(markers[next])
      next += 1
    }
    merged.push(version)
  }
  return [...merged, ...markers.slice(next)]
}

/**
 * @param {ListedVersion} marker
 * @param {ListedVersion} version
 */
function isBefore(marker, version) {
  if (marker.Key !== version.Key) return Buffer.compare(Buffer.from(marker.Key), Buffer.from(version.Key)) < 0
  return marker.IsLatest || (!version.IsLatest && marker.LastModified > version.LastModified)
}

module.exports = { inOrder }
