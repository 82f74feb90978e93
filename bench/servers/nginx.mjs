// nginx as a server that costs little and checks nothing: whatever the clients spend shows.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from '../../scripts/run.mjs'
import { dataFolder, freePort, startGuarded, withPortRetry } from '../../scripts/servers/process.mjs'
import { bytesOf, jsonOf } from '../process/operations.mjs'
import { debianEnvironment, debianProgram } from './debian.mjs'
import { listingPages } from './listing-pages.mjs'

/** The one etag of everything that is written. */
export const fixedEtag = '"0123456789abcdef0123456789abcdef"'

/**
 * @typedef {object} Objects what there is to read
 * @property {number[]} get sizes of the objects `get-<size>`
 * @property {number[]} json sizes of the documents `json-<size>`
 * @property {number[]} list numbers of keys of the buckets `list-<number>`
 */

/**
 * @param {{ cert: string, key: string }} certificate
 * @param {Objects} objects
 */
export async function startNginx(certificate, objects) {
  const program = await debianProgram('nginx')
  const version = await versionOf(program)
  return withPortRetry(async () => {
    const folder = dataFolder('nginx')
    const [port, securePort] = [await freePort(), await freePort()]
    writeObjects(join(folder, 'data'), objects)
    writeFileSync(join(folder, 'leaf.pem'), certificate.cert)
    writeFileSync(join(folder, 'leaf.key'), certificate.key)
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, securePort))
    const keys = { region: 'us-east-1', accessKeyId: 'bench', secretAccessKey: 'benchbench' }
    const descriptor = { name: 'nginx', version, endpoint: `http://127.0.0.1:${port}`, ...keys }
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
    const running = await startGuarded(descriptor, program, args, folder, debianEnvironment())
    return { ...running, secureEndpoint: `https://127.0.0.1:${securePort}` }
  })
}

/** @param {string} program */
async function versionOf(program) {
  // It says so on its standard error.
  const text = await output('sh', ['-c', '"$0" -v 2>&1', program], { env: debianEnvironment() })
  return /nginx\/(\S+)/.exec(text)?.[1] ?? 'of unknown version'
}

/** @param {string} folder @param {Objects} objects */
function writeObjects(folder, { get, json, list }) {
  const bucket = join(folder, 'bench')
  mkdirSync(bucket, { recursive: true })
  for (const size of get) writeFileSync(join(bucket, `get-${size}`), bytesOf(size))
  for (const size of json) writeFileSync(join(bucket, `json-${size}`), jsonOf(size))
  for (const keys of list) {
    const pages = join(folder, 'pages', `list-${keys}`)
    mkdirSync(pages, { recursive: true })
    for (const [number, page] of listingPages(`list-${keys}`, keys)) writeFileSync(join(pages, `${number}.xml`), page)
  }
}

/**
 * A put is answered by `return 200`, but one step away: by itself it would answer before the body is there, and nginx would judge the
 * request's conditions against an etag that it does not know yet. Passed on, the body is read first, and none of it, nor of the headers, goes on. The listing's pages are files that carry the number of the page after them as token.
 * @param {string} folder
 * @param {number} port
 * @param {number} securePort
 */
function configuration(folder, port, securePort) {
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 16384; }
http {
  access_log off;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=1h;
  open_file_cache_valid 1h;
  client_max_body_size 0;
  client_body_buffer_size 80m;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ssl_certificate ${folder}/leaf.pem;
  ssl_certificate_key ${folder}/leaf.key;
  ssl_session_cache shared:tls:10m;
  map $args $page { default 0; ~(?:^|&)continuation-token=page-(?<token>[0-9]+) $token; }
  server {
    listen 127.0.0.1:${port} backlog=16384;
    listen 127.0.0.1:${securePort} ssl backlog=16384;
    root ${folder}/data;
    location = / {
      default_type application/xml;
      return 200 '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>';
    }
    location ~ ^/(?<listing>list-[0-9]+)/?$ {
      default_type application/xml;
      types { }
      try_files /pages/$listing/$page.xml =404;
    }
    location / {
      if ($request_method = PUT) { rewrite ^ /.put last; }
    }
    location = /.put {
      internal;
      proxy_pass http://put;
      proxy_http_version 1.1;
      proxy_method GET;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Connection '';
      proxy_set_header Content-Length '';
    }
  }
  upstream put { server unix:${folder}/put.sock; keepalive 256; }
  server {
    listen unix:${folder}/put.sock backlog=16384;
    location / {
      add_header ETag '${fixedEtag}';
      return 200;
    }
  }
}
`
}
