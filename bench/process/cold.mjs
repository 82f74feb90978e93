// A process that has done nothing yet imports a client, opens it and reads one object. Says how long that took.
const start = performance.now()
const cpu = process.cpuUsage()

const [name, module, place, options] = process.argv.slice(2)
const { open } = await import(`../clients/${module || name}.mjs`)
const client = await open(JSON.parse(place), JSON.parse(options))
await client.get('get-1024')

const wall = (performance.now() - start) * 1000
const { user, system } = process.cpuUsage(cpu)
process.stdout.write(JSON.stringify({ wall, cpu: user + system }))
process.exit(0)
