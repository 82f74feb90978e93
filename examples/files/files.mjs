// Files in a bucket: up and down with progress, listed like folders, and links both ways, by which a browser does the same without
// credentials: it creates a file that nobody has created before, or reads one.

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {(progress: import('s3-store-native').Progress) => void} OnProgress */

/** How long an upload may begin after its link was made, in seconds. */
const UPLOAD_WITHIN = 300

/**
 * Uploads a file, in parts where it is large: only where there is nothing yet. One that changes meanwhile is not written.
 * @param {S3Store} store
 * @param {string} key
 * @param {string} path
 * @param {{ contentType: string, onProgress?: OnProgress }} options
 */
export function upload(store, key, path, options) {
  return store.createObjectFromFile(key, path, options)
}

/**
 * Downloads a file, in parts where it is large: all of one object. It is there under its name only once all of it is.
 * @param {S3Store} store
 * @param {string} key
 * @param {string} path
 * @param {{ onProgress?: OnProgress }} [options]
 */
export function download(store, key, path, options) {
  return store.getObjectToFile(key, path, options)
}

/**
 * What lies in a folder, and the folders in it.
 * @param {S3Store} store
 * @param {string} folder what the keys begin with: empty, or with a slash at its end
 */
export async function list(store, folder) {
  const folders = []
  const files = []
  for await (const page of store.list(folder, { delimiter: '/' })) {
    folders.push(...page.commonPrefixes.map((prefix) => prefix.slice(folder.length)))
    for (const { Key, Size, LastModified } of page) {
      files.push({ name: Key.slice(folder.length), size: Size, modified: LastModified })
    }
  }
  return { folders, files }
}

/**
 * A link by which whoever has it can create this one file, and never overwrite one: that is part of what is signed.
 * @param {S3Store} store
 * @param {string} key
 * @param {string} contentType
 */
export function linkToUpload(store, key, contentType) {
  return store.presign('PUT', key, { ifNoneMatch: '*', contentType, recovery: true, expiresIn: UPLOAD_WITHIN })
}

/**
 * A link by which whoever has it can download this one file.
 * @param {S3Store} store
 * @param {string} key
 * @param {string} name what it is to be called
 */
export function linkToDownload(store, key, name) {
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`
  return store.presign('GET', key, { responseContentDisposition: disposition, expiresIn: UPLOAD_WITHIN })
}

/**
 * Answers a page's requests for files: `GET /files`, what there is; `POST /files` of `{ name, type }`, a link to upload;
 * `GET /download?name=…`; `GET /landed?name=…&writeId=…`, whether an upload has come to pass.
 * @param {S3Store} store
 * @param {string} folder what the keys begin with
 */
export function files(store, folder) {
  /** @param {Request} request @returns {Promise<Response | undefined>} undefined where it isn't one of these */
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    const route = `${request.method} ${pathname}`
    if (route === 'GET /files') return Response.json(await list(store, folder))
    if (route === 'POST /files') {
      const { name, type } = Object(await request.json().catch(() => undefined))
      if (!isName(name)) return Response.json({ error: 'That is no name.' }, { status: 400 })
      return Response.json(await linkToUpload(store, folder + name, String(type || 'application/octet-stream')))
    }
    const [name, writeId] = [searchParams.get('name'), searchParams.get('writeId')]
    if (route === 'GET /landed' && isName(name) && writeId) {
      const { status } = await store.resolveWrite(folder + name, writeId)
      return Response.json({ landed: status === 'landed' })
    }
    if (route === 'GET /download' && isName(name)) {
      const { url } = await linkToDownload(store, folder + name, name)
      return new Response(undefined, { status: 302, headers: { location: url, 'cache-control': 'no-store' } })
    }
    return undefined
  }
}

/** One that every server takes. @param {unknown} name @returns {name is string} */
function isName(name) {
  return typeof name === 'string' && /^[^/\\\p{Cc}]{1,200}$/u.test(name) && !/^\.{1,2}$/.test(name)
}
