import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { AuditTrail } from '../../examples/audit-trail/audit-trail.mjs'
import { TestBucket } from '../support/bucket.mjs'
import { native } from '../support/engines.mjs'
import { waitFor } from '../support/wait.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const writers = Array.from({ length: 8 }, (_, number) => `writer ${number}`)
const keyOf = (folder, seq, kind = 'entries') => `${folder}${kind}/${String(999_999_999_999 - seq).padStart(12, '0')}`

async function all(trail) {
  const entries = []
  for await (const entry of trail.entries()) entries.push(entry)
  return entries.toReversed()
}

function auditTrail({ test }) {
  test('of eight writers no entry is lost or twice, and there is no gap', async ({ store }) => {
    const each = 5
    const trails = writers.map(() => new AuditTrail(store()))
    const heads = await Promise.all(
      trails.flatMap((trail, n) => Array.from({ length: each }, (_, i) => trail.append(`${writers[n]}, ${i}`))),
    )
    const entries = await all(new AuditTrail(store()))
    const numbers = Array.from({ length: writers.length * each }, (_, i) => i + 1)
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      numbers,
    )
    assert.deepEqual(
      heads.map(({ seq }) => seq).toSorted((a, b) => a - b),
      numbers,
    )
    // Each is where its writer was told, in the order of the writer.
    for (const [index, { seq }] of heads.entries()) {
      assert.equal(entries[seq - 1].what, `${writers[Math.floor(index / each)]}, ${index % each}`)
    }
    const { problems, head } = await new AuditTrail(store()).verify(publicKey)
    assert.deepEqual(problems, [])
    assert.deepEqual(
      head,
      heads.find(({ seq }) => seq === numbers.length),
    )
  })

  test('a checkpoint is kept, and what was verified up to it need not be read again', async ({ store }) => {
    const trail = new AuditTrail(store(), 'since/')
    assert.deepEqual((await trail.verify(publicKey)).problems, [])
    for (let i = 1; i <= 5; i += 1) await trail.append(i)
    const since = await trail.checkpoint((await trail.verify(publicKey)).head, privateKey)
    assert.equal(since.seq, 5)
    for (let i = 6; i <= 7; i += 1) await trail.append(i)
    const { problems, head } = await trail.verify(publicKey, { since })
    assert.deepEqual([problems, head.seq], [[], 7])
    // Another log cannot be put in its place.
    const elsewhere = await trail.verify(publicKey, { since: { ...since, hash: head.hash } })
    assert.deepEqual(named(elsewhere), ['5 forked', '5 changed', '6 changed'])
  })

  test('what one process appends at once is in the order of its calls, also behind what fails', async ({ store }) => {
    const trail = new AuditTrail(store(), 'order/')
    const appends = [1, 2, 3n, 4, 5].map((what) => trail.append(what))
    await assert.rejects(appends[2], TypeError)
    assert.deepEqual(
      (await Promise.all(appends.toSpliced(2, 1))).map(({ seq }) => seq),
      [1, 2, 3, 4],
    )
    assert.deepEqual(
      (await all(trail)).map(({ what }) => what),
      [1, 2, 4, 5],
    )
  })
}

const named = ({ problems }) =>
  problems
    .map(({ seq, to, kind }) => `${seq}${to ? `-${to}` : ''} ${kind}`)
    .toSorted((a, b) => (parseInt(a) || 0) - (parseInt(b) || 0))

/** What somebody does who can write and delete as he likes, to a log of 8 entries. What is to be found, and what of it needs a checkpoint. */
const attacks = {
  'an entry changed': [({ edit }) => edit(4, (entry) => ({ ...entry, what: 'nothing' })), ['4 changed']],
  'an entry with another predecessor': [({ edit }) => edit(4, (entry) => ({ ...entry, previous: 'x' })), ['4 changed']],
  'an entry that is no JSON': [({ write }) => write(4, '{'), ['4 changed']],
  'a byte order mark': [({ write, text }) => write(4, `\uFEFF${text(4)}`), ['4 changed']],
  'a number that is a text': [({ edit }) => edit(4, (entry) => ({ ...entry, seq: '4' })), ['4 changed']],
  'the first entry changed': [({ edit }) => edit(1, (entry) => ({ ...entry, what: 'nothing' })), ['1 changed']],
  'the last entry changed': [
    ({ edit }) => edit(8, (entry) => ({ ...entry, what: 'nothing' })),
    ['8 changed'],
    'unnoticed without a checkpoint',
  ],
  'two entries changed': [
    async ({ edit }) => {
      await edit(3, (entry) => ({ ...entry, what: 'x' }))
      await edit(6, (entry) => ({ ...entry, what: 'x' }))
    },
    ['3 changed', '6 changed'],
  ],
  'an entry deleted': [({ remove }) => remove(4), ['4 missing']],
  'three entries deleted': [({ remove }) => Promise.all([3, 4, 5].map(remove)), ['3-5 missing']],
  'the first entry deleted': [({ remove }) => remove(1), ['1 missing']],
  'the last entry deleted': [({ remove }) => remove(8), ['8 missing'], 'unnoticed without a checkpoint'],
  'two entries in each other’s place': [
    async ({ write, text }) => {
      await write(4, text(5))
      await write(5, text(4))
    },
    ['4 moved', '5 moved'],
  ],
  'an entry inserted, and those behind it moved': [
    async ({ write, text }) => {
      for (let seq = 8; seq >= 5; seq -= 1) await write(seq + 1, text(seq))
      await write(5, JSON.stringify({ ...JSON.parse(text(5)), id: 'x', what: 'inserted' }))
    },
    ['5 moved', '5 inserted', '6 moved', '7 moved', '8 moved'],
  ],
  ...Object.fromEntries(
    ['not-a-number', '0999999999999', 'old/999999999996'].map((name) => [
      `an entry changed, and something under the key ‘${name}’ which is none`,
      [
        async ({ edit, bucket, folder, text }) => {
          await edit(3, (entry) => ({ ...entry, what: 'nothing' }))
          await bucket.write(`${folder}entries/${name}`, text(5))
        },
        ['NaN inserted', '3 changed'],
      ],
    ]),
  ),
  'something before the first entry': [({ write }) => write(0, 'x'), ['0 inserted']],
  'an entry moved to a key that is none': [
    async ({ remove, bucket, folder, text }) => {
      await remove(8)
      await bucket.write(`${folder}entries/0999999999991`, text(8))
    },
    ['8 moved'],
  ],
  'an entry under a second key': [({ write, text }) => write(9, text(3)), ['9 inserted']],
  'everything from an entry on written anew': [
    (attacker) => rewriteFrom(5, attacker),
    ['8 changed'],
    'unnoticed without a checkpoint',
  ],
}

async function rewriteFrom(first, { write, text }) {
  let { previous } = JSON.parse(text(first))
  for (let seq = first; seq <= 8; seq += 1) {
    const forged = JSON.stringify({ ...JSON.parse(text(seq)), previous, what: 'x' })
    await write(seq, forged)
    previous = createHash('sha256').update(forged).digest('hex')
  }
}

function attacked({ test }) {
  /** @type {string[]} the entries, which are the same for all attacks */
  let texts

  /** A log of its own, with the entries that all have. */
  async function logOf(place, folder) {
    texts ??= await record(place)
    await Promise.all(texts.map((text, i) => place.bucket.write(keyOf(folder, i + 1), text)))
    return new AuditTrail(place.store(), folder)
  }

  async function record(place) {
    const trail = new AuditTrail(place.store(), 'original/')
    for (let i = 1; i <= 8; i += 1) await trail.append(`entry ${i}`)
    return Promise.all(Array.from({ length: 8 }, (_, i) => place.bucket.text(keyOf('original/', i + 1))))
  }

  for (const [title, [attack, found, without]] of Object.entries(attacks)) {
    test(`${title}: ${found.join(', ')}`, async (place) => {
      const { bucket } = place
      const folder = `${encodeURIComponent(title)}/`
      const trail = await logOf(place, folder)
      const { problems, head } = await trail.verify(publicKey)
      assert.deepEqual([problems, head.seq], [[], 8])
      const kept = [await trail.checkpoint(head, privateKey)]
      await attack(attacker(bucket, folder, texts))

      assert.deepEqual(named(await trail.verify(publicKey)), found)
      // The checkpoint may be gone, too, or be another's: the copy that is kept is what counts.
      await bucket.delete(keyOf(folder, 8, 'checkpoints'))
      assert.deepEqual(named(await trail.verify(publicKey)), without ? [] : found)
      assert.deepEqual(named(await trail.verify(publicKey, { kept })), found)
      const forged = { ...kept[0], hash: head.hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }
      await bucket.write(keyOf(folder, 8, 'checkpoints'), JSON.stringify(forged))
      assert.ok(named(await trail.verify(publicKey)).includes('8 forged'))
    })
  }

  test('what is no entry hides none, and keeps nobody from appending', async (place) => {
    const folder = 'strays/'
    await logOf(place, folder)
    const strays = ['', '0999999999999', '9999999999999', '99999999999.', 'old/999999999990', '999999999999']
    for (const name of strays) await place.bucket.write(`${folder}entries/${name}`, 'x')
    const fresh = () => new AuditTrail(place.store(), folder)
    assert.equal((await all(fresh())).length, 8)
    assert.equal((await fresh().head()).seq, 8)
    assert.equal((await fresh().append('more')).seq, 9)
    const { problems, head } = await fresh().verify(publicKey)
    assert.deepEqual(
      problems.map(({ kind, key }) => `${kind}: ${key}`).toSorted(),
      strays.map((name) => `inserted: ${folder}entries/${name}`).toSorted(),
    )
    assert.equal(head.seq, 9)
    // The last number of all is taken: that is said.
    await place.bucket.write(`${folder}entries/000000000000`, 'x')
    await assert.rejects(fresh().append('more'), RangeError)
    assert.ok(named(await fresh().verify(publicKey)).includes('999999999999 inserted'))
  })

  test('nor does something before the first', async ({ store, bucket }) => {
    await bucket.write(keyOf('zero/', 0), 'x')
    const trail = new AuditTrail(store(), 'zero/')
    assert.equal((await trail.append('first')).seq, 1)
    assert.deepEqual(named(await trail.verify(publicKey)), ['0 inserted'])
  })

  test('what becomes of the entry up to which all was verified is named', async (place) => {
    const folder = 'gone/'
    const trail = await logOf(place, folder)
    const at = ({ seq, previous }) => ({ seq: seq - 1, hash: previous })
    const since = await trail.checkpoint(at(JSON.parse(texts[5])), privateKey)
    const { edit, remove, write, text } = attacker(place.bucket, folder, texts)
    const problems = async () => named(await trail.verify(publicKey, { since }))
    assert.deepEqual(await problems(), [])
    await edit(5, (entry) => ({ ...entry, what: 'nothing' }))
    assert.deepEqual(await problems(), ['5 changed'])
    await remove(5)
    assert.deepEqual(await problems(), ['5 missing'])
    await write(9, text(5))
    assert.deepEqual(await problems(), ['5 moved'])
    for (let seq = 1; seq <= 9; seq += 1) await remove(seq)
    assert.deepEqual(await problems(), ['5 missing'])
    assert.equal((await new AuditTrail(place.store(), folder).append('anew')).seq, 1)
    assert.deepEqual(await problems(), ['5 missing'])
  })

  test('a checkpoint that was kept counts more than one by whoever signed what was rewritten', async (place) => {
    const folder = 'forked/'
    const trail = await logOf(place, folder)
    const kept = [await trail.checkpoint((await trail.verify(publicKey)).head, privateKey)]
    await rewriteFrom(3, attacker(place.bucket, folder, texts))
    await place.bucket.delete(keyOf(folder, 8, 'checkpoints'))
    const { problems, head } = await trail.verify(publicKey)
    assert.deepEqual(problems, [])
    const signed = await trail.checkpoint(head, privateKey)
    assert.deepEqual(named(await trail.verify(publicKey, { kept })), ['8 forked', '8 changed'])
    assert.deepEqual(named(await trail.verify(publicKey, { since: kept[0] })), ['8 forked', '8 changed'])
    assert.deepEqual(named(await trail.verify(publicKey, { kept: [signed] })), [])
  })

  test('what is no checkpoint is named, and stays', async (place) => {
    const folder = 'none/'
    const trail = await logOf(place, folder)
    const { head } = await trail.verify(publicKey)
    const key = keyOf(folder, 8, 'checkpoints')
    const signed = await trail.checkpoint(head, privateKey)
    // The same once more is no other.
    assert.deepEqual(await trail.checkpoint(head, privateKey), signed)
    for (const none of [
      '{',
      'null',
      '8',
      JSON.stringify(head),
      ...[8, null, {}, [], ''].map((signature) => JSON.stringify({ ...signed, signature })),
      JSON.stringify({ ...signed, seq: '8' }),
      JSON.stringify({ ...signed, hash: [signed.hash] }),
    ]) {
      await place.bucket.write(key, none)
      assert.deepEqual((await trail.verify(publicKey)).problems, [{ seq: 8, kind: 'forged', key }], none)
      await assert.rejects(trail.checkpoint(head, privateKey), { code: 'CHECKPOINT_TAKEN', key })
      assert.equal(await place.bucket.text(key), none)
    }
  })

  test('another log, with its checkpoints, is none of this', async (place) => {
    const trail = await logOf(place, 'this/')
    const { head } = await trail.verify(publicKey)
    const otherBucket = await TestBucket.create(place.server)
    try {
      const others = [
        new AuditTrail(place.store(), 'other/'),
        new AuditTrail(native.open(place.server, otherBucket.name), 'this/'),
      ]
      for (const other of others) {
        const checkpoint = await other.checkpoint(head, privateKey)
        await place.bucket.write(keyOf('this/', 8, 'checkpoints'), JSON.stringify(checkpoint))
        assert.deepEqual(named(await trail.verify(publicKey)), ['8 forged'])
        assert.deepEqual(named(await trail.verify(publicKey, { kept: [checkpoint] })), ['8 forged', '8 forged'])
      }
    } finally {
      await otherBucket.remove()
    }
  })
}

/** What an attack can do. @param {import('../support/bucket.mjs').TestBucket} bucket */
function attacker(bucket, folder, texts) {
  const text = (seq) => texts[seq - 1]
  const write = (seq, body) => bucket.write(keyOf(folder, seq), body)
  return {
    bucket,
    folder,
    text,
    write,
    edit: (seq, change) => write(seq, JSON.stringify(change(JSON.parse(text(seq))))),
    remove: (seq) => bucket.delete(keyOf(folder, seq)),
  }
}

function cost({ test }) {
  test('takes the requests that its README says', async ({ store }) => {
    const s = store()
    await s.createObject('warm', 'x')
    const trail = new AuditTrail(s)
    const counted = (run) => attemptsOf(s, run)
    assert.equal(await counted(() => trail.append('first')), 1 + 2)
    assert.equal(await counted(() => trail.append('second')), 2)
    await new AuditTrail(store()).append('third')
    // It finds another's.
    atMostOneMore(await counted(() => trail.append('fourth')), 2 + 3)
    atMostOneMore(await counted(() => new AuditTrail(s).append('fifth')), 2 + 2)
    // One process doesn't compete with itself.
    const busy = new AuditTrail(s)
    await busy.append('sixth')
    assert.equal(await counted(() => Promise.all([7, 8, 9, 10].map((what) => busy.append(what)))), 4 * 2)
    const { head } = await trail.verify(publicKey)
    let since
    assert.equal(await counted(async () => (since = await trail.checkpoint(head, privateKey))), 2)
    assert.equal(await counted(() => trail.verify(publicKey)), 2 + 1 + 10)
    assert.equal(await counted(() => trail.verify(publicKey, { since })), 2 + 1 + 1)
    await busy.append('eleventh')
    assert.equal(await counted(() => trail.verify(publicKey, { since })), 2 + 1 + 2)
  })
}

async function attemptsOf(store, run) {
  const { attempts } = store.stats()
  await run()
  return store.stats().attempts - attempts
}

/** What lists the end of the log may have asked for one page more by the time that it has it. */
const atMostOneMore = (attempts, expected) =>
  assert.ok(attempts === expected || attempts === expected + 1, `${attempts}, not ${expected}`)

onEachServer('audit trail', auditTrail)
onEachServer('audit trail', cost)
onEachServer('audit trail, attacked', attacked)
throughLostAnswers('audit trail', auditTrail)

function inDoubt({ test }) {
  const create = { operation: 'PutObject', headers: { 'if-none-match': '*' }, keyPrefix: 'audit/' }
  const lostRequest = { what: 'drop', when: 'before' }
  for (const [title, action] of [
    ['it has landed', { what: 'drop', when: 'after' }],
    ['it has not', lostRequest],
    ['it comes when it has been given up', { what: 'hold', meanwhile: 'drop' }],
  ]) {
    test(title, async ({ store, faults, server }) => {
      // One attempt, and nothing that looks what became of it: all that is left is the AmbiguousWriteError.
      const trail = new AuditTrail(store({ maxAttempts: 1 }))
      const { seq } = await trail.append(`${title}, before`)
      const blind = { match: { operation: 'HeadObject' }, action: lostRequest }
      const { acted, mend } = await faults({ match: create, times: 1, action }, blind)
      assert.equal((await trail.append(title)).seq, seq + 1)
      assert.deepEqual(await acted(), [1, 1])
      await mend()
      await server.release()
      assert.deepEqual(
        (await all(trail)).slice(-2).map(({ what }) => what),
        [`${title}, before`, title],
      )
      assert.deepEqual((await trail.verify(publicKey)).problems, [])
    })
  }
}

function race({ test }) {
  test('whoever sees nothing at a number, and is not the first to write there, takes what the README says', async (place) => {
    const { server, store } = place
    const s = store()
    const trail = new AuditTrail(s)
    await trail.append('first')
    const match = { operation: 'PutObject', keyPrefix: 'audit/' }
    const rule = await server.add({ match, times: 1, action: { what: 'hold' } })
    const race = async () => {
      const late = trail.append('late')
      await waitFor(async () => (await server.heldBy(rule)).length > 0, 'the write')
      await new AuditTrail(store()).append('faster')
      await server.release()
      assert.equal((await late).seq, 3)
    }
    atMostOneMore(await attemptsOf(s, race), 2 + 6)
    assert.deepEqual(
      (await all(trail)).map(({ what }) => what),
      ['first', 'faster', 'late'],
    )
  })
}

onFaultServer('audit trail, of two at once', race)
onFaultServer('audit trail, what becomes of an append is not known at first', inDoubt)
