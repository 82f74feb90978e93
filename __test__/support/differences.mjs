// Where a server, or the JavaScript SDK, is known to differ from what AWS does. One row for each difference, with its
// reason. The test still runs there, and has to fail in just the way the row says: when it passes, the row has to go.

import { keyTest, oddKeys } from './odd-keys.mjs'

/**
 * @typedef {object} Difference
 * @property {string} suite name of the suite's function
 * @property {string[]} tests names of its tests
 * @property {string} [server] only on this server
 * @property {'native' | 'client'} [engine] only on this engine
 * @property {object} [fails] what the failure looks like
 * @property {boolean} [skip] the outcome is not the same each time, or the test would never end
 * @property {string} reason
 */

const longSegment = oddKeys.find((key) => key.length === 1024 && !key.includes('/'))

/** A row for keys that a server refuses, with the name of the error. */
function refusesKeys(server, keys, { name, reason }) {
  return { server, suite: 'keys', tests: keys.map(keyTest), fails: { name }, reason }
}

/** Rows for keys that a server lists under another name. */
function listsKeysAs(server, names, rest) {
  return Object.entries(names).map(([key, listed]) => ({
    server,
    suite: 'keys',
    tests: [keyTest(key)],
    fails: { code: 'ERR_ASSERTION', actual: [listed], expected: [key] },
    ...rest,
  }))
}

/** @type {Difference[]} */
const differences = [
  {
    server: 'minio',
    engine: 'native',
    suite: 'conditions',
    tests: [
      'deleteObjectIfMatch deletes what has the etag',
      'deleteObjectIfMatch with a stale etag is a StaleDataError',
      'deleteObjectIfMatch of an absent key is S3’s NoSuchKey',
      'an etag goes round: create, update, read and delete each take the last one',
    ],
    fails: { message: /ignores If-Match on DeleteObject/ },
    reason: 'MinIO ignores If-Match on DELETE, is found out, and is not asked to',
  },
  {
    server: 'minio',
    engine: 'native',
    suite: 'json',
    tests: ['it deletes, lists and says whose it is'],
    fails: { message: /ignores If-Match on DeleteObject/ },
    reason: 'MinIO ignores If-Match on DELETE, is found out, and is not asked to',
  },
  {
    server: 'minio',
    engine: 'native',
    suite: 'races',
    tests: ['of 20 writers that delete one version exactly one wins'],
    fails: { code: 'ERR_ASSERTION', actual: 0, expected: 1 },
    reason: 'MinIO ignores If-Match on DELETE, is found out, and is not asked to: none of them wins',
  },
  {
    server: 'minio',
    engine: 'client',
    suite: 'conditions',
    tests: [
      'deleteObjectIfMatch with a stale etag is a StaleDataError',
      'deleteObjectIfMatch of an absent key is S3’s NoSuchKey',
    ],
    fails: { message: 'it resolved' },
    reason: 'MinIO ignores If-Match on DELETE',
  },
  {
    server: 'minio',
    engine: 'client',
    suite: 'races',
    tests: ['of 20 writers that delete one version exactly one wins'],
    fails: { code: 'ERR_ASSERTION', actual: 20, expected: 1 },
    reason: 'MinIO ignores If-Match on DELETE: all of them win',
  },
  {
    server: 'minio',
    engine: 'client',
    suite: 'races',
    tests: ['of an update and a deletion of one version exactly one wins'],
    skip: true,
    reason: 'MinIO ignores If-Match on DELETE: the deletion always wins, the update sometimes',
  },
  {
    server: 'versitygw',
    suite: 'writeOptions',
    tests: ['the storage class is S3’s to know'],
    fails: { code: 'ERR_ASSERTION', actual: 'STANDARD', expected: 'REDUCED_REDUNDANCY' },
    reason: 'versitygw has one storage class',
  },
  {
    server: 'versitygw',
    suite: 'readOptions',
    tests: ['ifModifiedSince: what was not written since is not sent'],
    fails: { code: 'ERR_ASSERTION', actual: false, expected: true },
    reason: 'versitygw compares the fractions of a second that a date does not say',
  },
  {
    server: 'versitygw',
    suite: 'conditions',
    tests: ['deleteObjectIfMatch of an absent key is S3’s NoSuchKey'],
    fails: { message: 'it resolved' },
    reason: 'versitygw answers 204 to a conditional DELETE of an absent key',
  },
  {
    server: 'versitygw',
    suite: 'races',
    tests: ['of 20 writers that delete one version exactly one wins'],
    fails: { code: 'ERR_ASSERTION', message: /\b(19|20) !== 1/, expected: 1 },
    reason: 'versitygw answers 204 to a conditional DELETE of an absent key: those that come late win too',
  },
  {
    server: 'versitygw',
    suite: 'races',
    tests: ['of an update and a deletion of one version exactly one wins'],
    skip: true,
    reason: 'versitygw checks and deletes in two steps: an update that comes between succeeds and is deleted',
  },
  {
    server: 'versitygw',
    suite: 'content',
    tests: ['a delete marker does not keep a key from being created'],
    fails: { name: 'KeyExistsError' },
    reason: 'versitygw takes a delete marker for an object when it checks If-None-Match',
  },
  {
    server: 'versitygw',
    suite: 'copyingByParts',
    tests: ['restoreVersion by parts with null creates over a delete marker'],
    fails: { name: 'KeyExistsError' },
    reason: 'versitygw takes a delete marker for an object when it checks If-None-Match',
  },
  {
    server: 'versitygw',
    suite: 'serviceErrors',
    tests: [
      'createObject',
      'putObjectIfMatch',
      'getObject',
      'getObjectIfMatch',
      'deleteObject',
      'deleteObjectIfMatch',
      'list',
    ].map((operation) => `${operation} with an unknown access key is InvalidAccessKeyId`),
    fails: {
      code: 'ERR_ASSERTION',
      actual: { name: 'XAdminUserNotFound', Code: 'XAdminUserNotFound', $fault: 'client', status: 404 },
    },
    reason: 'versitygw calls an unknown access key XAdminUserNotFound',
  },
  {
    server: 'versitygw',
    suite: 'versions',
    tests: ['pages are as large as asked for, and go on within a key'],
    fails: { code: 'ERR_ASSERTION', message: /'other',\n\+     true/ },
    reason: 'versitygw begins a page of versions with what the one before it ended with',
  },
  {
    server: 'minio',
    suite: 'deleting',
    tests: ['keys with a slash at their start are deleted, whatever XML makes of them'],
    fails: { code: 'ERR_ASSERTION', message: /the answer says nothing of the key "\/\/a"/ },
    reason: 'MinIO drops slashes at the start of a key, and tells of the key without them',
  },
  {
    server: 'minio',
    suite: 'tags',
    tests: ['letters of any language make a tag'],
    fails: { name: 'InvalidTag' },
    reason: 'MinIO takes no letters beyond ASCII in tags',
  },
  ...['deleteIfMatch', 'copy'].map((row) => ({
    server: 'minio',
    suite: 'probes',
    tests: [`${row} is enforced`],
    fails: { code: 'ERR_ASSERTION', actual: 'ignored', expected: 'enforced' },
    reason: 'MinIO ignores If-Match on DELETE, and the conditions of a copy’s destination',
  })),
  {
    server: 'versitygw',
    suite: 'probes',
    tests: ['copy is enforced'],
    fails: { code: 'ERR_ASSERTION', actual: 'ignored', expected: 'enforced' },
    reason: 'versitygw ignores the conditions of a copy’s destination',
  },
  {
    server: 'versitygw',
    suite: 'probes',
    tests: ['putIfMatch is enforced', 'deleteIfMatch is enforced'],
    skip: true,
    reason:
      'versitygw checks and writes, and checks and deletes, in two steps: racy, when one comes between those of the other in a race',
  },
  ...['minio', 'versitygw'].map((server) => ({
    server,
    suite: 'probes',
    tests: ['the deletion of an absent key under If-Match is NoSuchKey'],
    fails: { code: 'ERR_ASSERTION', actual: { plain: '204', ifMatch: '204' } },
    reason: 'MinIO and versitygw answer 204 to a conditional DELETE of an absent key',
  })),
  refusesKeys('minio', ['.', '..', './a', 'a/.', 'a/./b', 'a/../b', '../up', 'a/..'], {
    name: 'XMinioInvalidResourceName',
    reason: 'MinIO refuses keys with a segment . or ..',
  }),
  refusesKeys('minio', ['a//b', 'a///', '/'], {
    name: 'XMinioInvalidObjectName',
    reason: 'MinIO refuses keys with an empty segment',
  }),
  refusesKeys('minio', [longSegment], {
    name: 'XMinioInvalidObjectName',
    reason: 'MinIO keeps each segment as a folder: 255 bytes at most',
  }),
  ...listsKeysAs('minio', { '/lead': 'lead', '//a': 'a' }, { reason: 'MinIO drops slashes at the start of a key' }),
  ...listsKeysAs(
    'minio',
    { 'escape\u001b[0m': 'escape\ufffd[0m', 'last\uffff': 'last\ufffd' },
    {
      engine: 'client',
      reason: 'a listing without encoding-type=url can not hold what XML can not: the SDK’s has none',
    },
  ),
  refusesKeys('versitygw', ['.', '..', '../up', 'a/..', '/'], {
    name: '400',
    reason: 'versitygw refuses keys that name no file below the bucket',
  }),
  refusesKeys('versitygw', ['trail/', 'a///'], {
    name: 'DirectoryObjectContainsData',
    reason: 'versitygw takes a key with a slash at its end for a folder, which holds no data',
  }),
  refusesKeys('versitygw', [longSegment], {
    name: 'KeyTooLongError',
    reason: 'versitygw keeps each segment as a folder or file: 255 bytes at most',
  }),
  ...listsKeysAs(
    'versitygw',
    { './a': 'a', 'a/.': 'a', 'a/./b': 'a/b', 'a/../b': 'b', 'a//b': 'a/b', '//a': 'a', '/lead': 'lead' },
    { reason: 'versitygw takes keys for paths and tidies them' },
  ),
  ...listsKeysAs(
    'versitygw',
    {
      'bell\u0007': 'bell\ufffd',
      'one\u0001': 'one\ufffd',
      'escape\u001b[0m': 'escape\ufffd[0m',
      'last\uffff': 'last\ufffd',
    },
    { reason: 'versitygw ignores encoding-type=url, and XML can not hold these characters' },
  ),
]

/** The rows that hold for a suite on a server and an engine. */
export function differencesOf({ suite, server, engine }) {
  return differences.filter(
    (row) => row.suite === suite && (row.server ?? server) === server && (row.engine ?? engine) === engine,
  )
}
