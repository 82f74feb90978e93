// What each verdict of a probe means for the store's methods.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'

const { judge } = createRequire(import.meta.url)('../../lib/doctor/verdict.cjs')

const finding = (verdict) => ({ verdict, evidence: [] })
const rows = ['create', 'putIfMatch', 'getIfMatch', 'getIfNoneMatch', 'deleteIfMatch', 'multipart', 'copy', 'metadata']
const reportWith = (verdicts, rest) => ({
  ...Object.fromEntries(rows.map((row) => [row, finding(verdicts[row] ?? 'enforced')])),
  etags: { given: 'quoted', accepted: ['quoted'] },
  absentDelete: { plain: '204', ifMatch: '404 NoSuchKey' },
  ...rest,
})
const broken = (verdicts, rest) => {
  const { holds, problems } = judge(reportWith(verdicts, rest))
  assert.equal(holds, problems.length === 0)
  for (const { problem, remedy } of problems) assert.ok(problem && remedy)
  return [...new Set(problems.flatMap(({ methods }) => methods))].toSorted()
}

const weak = ['deleteObjectIfMatch', 'getObjectIfMatch', 'putObjectIfMatch', 'update']
const more = ['bodies in parts', 'copyObject', 'getObject with ifNoneMatch', 'restoreVersion']
const puts = ['createObject', 'putObjectIfMatch', 'update']

describe('the doctor’s verdict', () => {
  it('is that the promises hold where everything is enforced', () => {
    const { holds, works } = judge(reportWith({}))
    assert.deepEqual([holds, works.toSorted()], [true, ['createObject', ...weak, ...more].toSorted()])
  })

  for (const verdict of ['ignored', 'racy', 'refused', 'unknown']) {
    it(`names the methods that suffer where a condition is ${verdict}`, () => {
      const ignored = verdict === 'ignored'
      assert.deepEqual(broken({ create: verdict }), ignored ? puts : ['createObject', 'update'])
      assert.deepEqual(broken({ putIfMatch: verdict }), ignored ? puts : ['putObjectIfMatch', 'update'])
      assert.deepEqual(broken({ getIfMatch: verdict }), ['getObjectIfMatch'])
      assert.deepEqual(broken({ deleteIfMatch: verdict }), ['deleteObjectIfMatch'])
      assert.deepEqual(broken({ multipart: verdict }), ['bodies in parts'])
      assert.deepEqual(broken({ copy: verdict }), ['copyObject', 'restoreVersion'])
      assert.deepEqual(broken({ getIfNoneMatch: verdict }), ['getObject with ifNoneMatch'])
      assert.deepEqual(broken({ metadata: verdict }), puts)
    })
  }

  it('counts deleters who can not be told apart', () => {
    assert.deepEqual(broken({}, { absentDelete: { plain: '204', ifMatch: '204' } }), ['deleteObjectIfMatch'])
    // What deletes anything is said once.
    const { problems } = judge(reportWith({ deleteIfMatch: 'ignored' }, { absentDelete: { ifMatch: '204' } }))
    assert.equal(problems.length, 1)
  })

  it('counts weak etags', () => {
    assert.deepEqual(broken({}, { etags: { given: 'weak', accepted: [] } }), weak)
  })

  it('says where nothing works', () => {
    const { works, summary } = judge(reportWith(Object.fromEntries(rows.map((row) => [row, 'ignored']))))
    assert.deepEqual(works, [])
    assert.match(summary, /^None/)
  })
})
