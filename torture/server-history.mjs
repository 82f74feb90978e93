// What the server did, as the requests that reached it show: one operation each.

/** @typedef {import('./messages.mjs').Request} Request */
/** @typedef {import('./writes.mjs').Writes} Writes */
/**
 * As checker/model.go has it.
 * @typedef {object} Operation
 * @property {string} key
 * @property {'read' | 'write' | 'delete' | 'refused'} kind
 * @property {string} [ifMatch]
 * @property {string} [ifNoneMatch]
 * @property {string} [etag]
 * @property {string} [id]
 * @property {'absent' | 'other'} [found]
 * @property {boolean} [maybe]
 * @property {number} call
 * @property {number} [return]
 * @property {string} who
 */

/**
 * Takes in what the requests show of writes.
 * @param {Request[]} requests
 * @param {Writes} writes
 */
export function learnFromRequests(requests, writes) {
  for (const { key, method, id, write, status, etag, foundId, foundWrite } of requests) {
    if (method === 'PUT') writes.learn(key, { write, id, etag: status === 200 ? etag : undefined })
    if (method === 'GET' && isFound(status)) writes.learn(key, { write: foundWrite, id: foundId, etag })
  }
}

/**
 * @param {Request[]} requests
 * @param {Writes} writes
 * @returns {Operation[]}
 */
export function serverHistory(requests, writes) {
  return requests.flatMap((request) => operationOf(request, writes) ?? [])
}

/** Whether all that an operation has seen is that there is no object. @param {Operation} operation */
export function sawAbsence({ kind, etag, found }) {
  return (kind === 'read' && !etag) || (kind === 'refused' && found === 'absent')
}

/** @param {Request} request @param {Writes} writes @returns {Operation | undefined} nothing for what says nothing */
function operationOf(request, writes) {
  const { client, method, key, ifMatch, ifNoneMatch, sent, answered, status, etag, foundId } = request
  const about = {
    key,
    ifMatch,
    ifNoneMatch,
    call: sent,
    return: answered,
    who: `${client} ${method} ${request.write ?? ''}`,
  }
  if (status === 412) return { ...about, kind: 'refused', found: ifMatch ? undefined : 'other' }
  if (isAbsent(request)) return ifMatch ? { ...about, kind: 'refused', found: 'absent' } : { ...about, kind: 'read' }
  if (method === 'GET' || method === 'HEAD')
    return isFound(status) ? { ...about, kind: 'read', etag, id: foundId } : undefined
  if (mayHaveApplied(request)) return changeOf(request, writes, about)
  return undefined
}

/** @param {Request} request @param {Writes} writes @param {Omit<Operation, 'kind'>} about @returns {Operation} */
function changeOf(request, writes, about) {
  const maybe = !hasApplied(request)
  if (request.method === 'DELETE') return { ...about, kind: 'delete', maybe }
  const write = request.write ?? ''
  return { ...about, kind: 'write', maybe, etag: maybe ? writes.etagOf(write) : request.etag, id: writes.idOf(write) }
}

/** Whether the server said that it did what was asked. @param {Request} request */
export function hasApplied({ method, status }) {
  return (method === 'PUT' && status === 200) || (method === 'DELETE' && (status === 204 || status === 200))
}

/** Whether a request may have changed something, now or later: nothing that was answered says that it did not. @param {Request} request */
export function mayHaveApplied(request) {
  const { status, code } = request
  if (status === undefined || hasApplied(request)) return true
  if (code === 'PreconditionFailed' || code === 'NoSuchKey' || code === 'ConditionalRequestConflict') return false
  return status < 300 || status >= 500 ? status !== 501 : status === 408 || status === 499
}

/** Whether the server said that the condition did not hold. @param {Request} request */
export function wasRefused(request) {
  return request.status === 412 || (request.ifMatch !== undefined && isAbsent(request))
}

/** A HEAD's answer has no body that could say what is absent. @param {Request} request */
function isAbsent({ method, status, code }) {
  return code === 'NoSuchKey' || (method === 'HEAD' && status === 404)
}

/** @param {number | undefined} status */
function isFound(status) {
  return status === 200 || status === 206
}
