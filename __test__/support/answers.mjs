// What a scripted server can answer. Each is a function `(request, response)`.
import { createHash } from 'node:crypto'

const ids = { 'x-amz-request-id': 'REQUEST1', 'x-amz-id-2': 'EXTENDED1' }

export const etagOf = (body) => `"${createHash('md5').update(body).digest('hex')}"`

/** 200 to a write. */
export const written = (etag = '"written"', headers) => reply(200, '', { etag, ...headers })

/** 204 to a delete. */
export const deleted = (headers) => reply(204, '', headers)

/** An answer with S3's XML error in it. */
export const failed = (status, code, message = `message of ${code}`, { headers, elements = '' } = {}) =>
  reply(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${elements}<RequestId>REQUEST1</RequestId><HostId>EXTENDED1</HostId></Error>`,
    { 'content-type': 'application/xml', ...headers },
  )

/** Anything else, with a body. */
export const reply = (status, body, headers) => (request, response) => {
  response.writeHead(status, { ...ids, ...headers })
  response.end(body)
}

/** 200 or 206 with an object, honouring Range and If-Match. */
export const object = (body, { etag = etagOf(body), headers } = {}) => {
  const bytes = Buffer.from(body)
  return (request, response) => {
    const condition = request.headers['if-match']
    if (condition && condition !== etag) return failed(412, 'PreconditionFailed')(request, response)
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const start = Number(range?.[1] ?? 0)
    const end = range?.[2] ? Math.min(Number(range[2]) + 1, bytes.length) : bytes.length
    response.writeHead(range ? 206 : 200, {
      ...ids,
      etag,
      'content-length': end - start,
      'content-type': 'application/octet-stream',
      'last-modified': 'Wed, 12 Oct 2022 17:50:00 GMT',
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
      ...headers,
    })
    response.end(bytes.subarray(start, end))
  }
}

/** Announces a whole object, sends its first bytes, and breaks the connection. */
export const truncated = (body, sent) => (request, response) => {
  response.writeHead(200, { ...ids, etag: etagOf(body), 'content-length': body.length })
  response.write(body.subarray(0, sent), () => response.socket.destroy())
}

/** An error of S3's, or another answer, that breaks off. */
export const brokenOff = (status, headers) => (request, response) => {
  response.writeHead(status, { ...ids, 'content-length': 200, ...headers })
  response.write('<Error><Code>PreconditionFailed</Code>', () => response.socket.destroy())
}

/** Announces a whole object, sends its first bytes, and then nothing more. */
export const stalled = (body, sent) => (request, response) => {
  response.writeHead(200, { ...ids, etag: etagOf(body), 'content-length': body.length })
  response.write(body.subarray(0, sent))
}

/** 200 or 206 with an object, sent no faster than it is taken; `sent` hears of the bytes that the system has taken. */
export const metered = (body, sent) => async (request, response) => {
  const [, from = 0] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? []
  const range = from && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }
  const head = { ...ids, etag: etagOf(body), 'content-length': body.length - from, ...range }
  response.writeHead(range ? 206 : 200, head)
  const closed = new Promise((resolve) => response.on('close', resolve))
  for (let at = Number(from); at < body.length && !response.destroyed; at += 65_536) {
    const piece = body.subarray(at, at + 65_536)
    const taken = new Promise((resolve) => response.write(piece, resolve))
    await Promise.race([taken.then(() => sent(piece.length)), closed])
  }
  response.end()
}

/** Breaks the connection with a TCP reset, without an answer. */
export const reset = (request, response) => response.socket.resetAndDestroy()

/** Never answers. */
export const silent = () => {}

/** The tags of an object. */
export const tags = (given) => {
  const set = Object.entries(given).map(([name, value]) => `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`)
  return reply(200, `<?xml version="1.0" encoding="UTF-8"?>\n<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`, {
    'content-type': 'application/xml',
  })
}

/** What became of many deletes. */
export const deletedObjects = (keys, errors = []) => {
  const done = keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`)
  const refused = errors.map(
    ({ key, code, message }) => `<Error><Key>${key}</Key><Code>${code}</Code><Message>${message}</Message></Error>`,
  )
  return reply(
    200,
    `<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${done.join('')}${refused.join('')}</DeleteResult>`,
    { 'content-type': 'application/xml' },
  )
}

/** A page of a listing. */
export const page = (keys, { next } = {}) => {
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  )
  const rest = next ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''
  return reply(
    200,
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><EncodingType>url</EncodingType><KeyCount>${keys.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${Boolean(next)}</IsTruncated>${rest}${contents.join('')}</ListBucketResult>`,
    { 'content-type': 'application/xml' },
  )
}
