// The answers of ListObjectsV2 for a bucket of so many keys, as S3 writes them, a thousand keys a page.

const PAGE = 1000

/**
 * @param {string} bucket
 * @param {number} keys
 * @returns {Generator<[number: number, xml: string]>} `page-<number>` is the token that asks for it
 */
export function* listingPages(bucket, keys) {
  const pages = Math.ceil(keys / PAGE)
  for (let page = 0; page < pages; page += 1) {
    const first = page * PAGE
    const count = Math.min(PAGE, keys - first)
    const contents = Array.from({ length: count }, (_, at) => entry(first + at)).join('')
    const next = page + 1 < pages ? `<NextContinuationToken>page-${page + 1}</NextContinuationToken>` : ''
    const token = page > 0 ? `<ContinuationToken>page-${page}</ContinuationToken>` : ''
    yield [
      page,
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix></Prefix>` +
        `${token}${next}<KeyCount>${count}</KeyCount><MaxKeys>${PAGE}</MaxKeys>` +
        `<IsTruncated>${page + 1 < pages}</IsTruncated>${contents}</ListBucketResult>`,
    ]
  }
}

/** @param {number} number */
function entry(number) {
  const key = `documents/2025/${String(number).padStart(8, '0')}/content.json`
  const etag = number.toString(16).padStart(32, '0')
  const modified = new Date(1_750_000_000_000 + number * 1000).toISOString()
  return (
    `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified><ETag>&quot;${etag}&quot;</ETag>` +
    `<Size>${1000 + number}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  )
}
