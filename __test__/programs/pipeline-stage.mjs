// A stage of examples/pipeline that is killed at a point: before one of the calls that it makes, or after the last. Without a number it
// lives.
import { tracingChannel } from 'node:diagnostics_channel'
import createS3Store from 's3-store-native'
import { Pipeline } from '../../examples/pipeline/pipeline.mjs'

const [bucket, run, dieAt] = process.argv.slice(2)

let point = 0
const pass = () => {
  if (String(point) === dieAt) process.kill(process.pid, 'SIGKILL')
  point += 1
}
for (const operation of ['getObject', 'createObject']) {
  tracingChannel(`s3-store-native:${operation}`).subscribe({ start: pass })
}
tracingChannel('s3-store-native:update').subscribe({ asyncEnd: pass })

await new Pipeline(createS3Store(bucket)).run('made', run, async ({ write }) => {
  for (const name of ['a', 'b', 'c']) await write(name, `${run}: ${name}`)
})
console.log(JSON.stringify({ points: point }))
