/**
 * Opens a store on a bucket. No request is made, and the bucket isn't looked for.
 *
 * Without options the store finds region, endpoint and credentials as every AWS tool does: environment variables (as
 * `process.env` has them at this moment), profiles, SSO, web identity, container and instance credentials.
 *
 * @param bucket - The bucket's name, or the ARN of an access point: not empty, at most 255 characters, without
 * whitespace, control characters and (but for an ARN) slashes. A store that works through its client refuses only the
 * empty one.
 * @param options - See {@link createS3Store.S3StoreOptions}.
 * @returns The store.
 * @throws TypeError or RangeError, with a `code` and the name of the `argument`, for bad input.
 * @throws Error with the code `ERR_NATIVE_BINDING` where the native addon can't be loaded; its message says why and
 * what helps.
 *
 * @example
 * ```js
 * const store = createS3Store('my-bucket')
 * const created = await store.createObject('greeting', 'hello', { contentType: 'text/plain' })
 * const updated = await store.putObjectIfMatch('greeting', 'hello again', created.etag)
 * ```
 */
declare function createS3Store(bucket: string, options?: createS3Store.S3StoreOptions): createS3Store.S3Store

declare namespace createS3Store {
  export { createS3Store, createS3Store as default }

  /**
   * Puts JSON in front of a store: values go in and come out, encoded and decoded by `JSON`.
   *
   * @typeParam T - What the bucket's objects are.
   * @param store - A store, or any object with its methods. Only those are called.
   * @throws TypeError with the code `ERR_INVALID_ARG_TYPE` when `store` is no object.
   *
   * @example
   * ```js
   * const json = createJsonWrapper(store)
   * const etag = await json.createObject('settings', { theme: 'dark' })
   * const [settings, current] = await json.getObject('settings')
   * ```
   */
  export function createJsonWrapper<T = any>(store: ObjectStore): JsonS3Store<T>

  // ---------------------------------------------------------------------------------------------------------- options

  /** How a store reaches S3. The list is closed: an unknown name is a `TypeError`. `undefined` means not given. */
  export interface S3StoreOptions {
    /**
     * An `S3Client` of `@aws-sdk/client-s3`, or any object with its `send`.
     *
     * An `S3Client` is *adopted*: its region, endpoint, credentials, path style, attempts and timeouts are read from
     * its configuration, and native code does the work. Where it carries what native code can't (added middleware, a
     * request handler, endpoint provider, signer or retry strategy of its own, an agent with its own certificates), or
     * while its `send` is replaced (by a mock or a spy), every call goes through `client.send` instead. Any other
     * object is always called through its `send`. {@link S3Store.engine} tells which it is.
     *
     * The connection settings below can't be given beside it. `maxAttempts`, the timeouts and `maxConnections` can,
     * and go before the client's; a call that goes through `client.send` knows only the client's.
     */
    client?: { send(command: any): Promise<any> } | undefined
    /**
     * Who does the work, where it must not be decided by itself. `'native'` with a client that can't be adopted is a
     * `TypeError` that names what would be dropped; `'client'` needs a client.
     */
    engine?: Engine | undefined
    /** The region, such as `eu-west-1`. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's. */
    region?: string | undefined
    /**
     * The server's URL, with `http:` or `https:`. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, then AWS itself.
     */
    endpoint?: string | WebUrl | undefined
    /**
     * Credentials, or a function that provides them. It is called when they are first needed and again ahead of their
     * `expiration`. Default: the chain that every AWS tool follows.
     */
    credentials?: Credentials | CredentialsProvider | undefined
    /** The profile of the shared configuration files. Default: `AWS_PROFILE`, then `default`. */
    profile?: string | undefined
    /**
     * Puts the bucket into the path (`https://host/bucket/key`) and not before the host. Default: `false`, but `true`
     * where the endpoint's host is an IP address or a single label, such as `localhost` or `minio`.
     */
    forcePathStyle?: boolean | undefined
    /** Whether to use AWS's FIPS endpoints. Default: `false`. */
    useFipsEndpoint?: boolean | undefined
    /** Whether to use AWS's endpoints for IPv4 and IPv6. Default: `false`. */
    useDualstackEndpoint?: boolean | undefined
    /** Whether to use S3 Transfer Acceleration, which the bucket must have enabled. Default: `false`. */
    useAccelerateEndpoint?: boolean | undefined
    /** How many times a call is tried, at least 1. Default: 3. */
    maxAttempts?: number | undefined
    /** The longest that connecting may take, in milliseconds, for each attempt. Finite by default. */
    connectionTimeout?: number | undefined
    /** The longest that an attempt may take until it is answered, in milliseconds. Finite by default. */
    requestTimeout?: number | undefined
    /** The longest that a whole call may take, all attempts together, in milliseconds. Default: no such limit. */
    timeout?: number | undefined
    /** How many connections the store has open at most. Calls beyond that wait. Default: 128. */
    maxConnections?: number | undefined
  }

  /** `'native'` when native code does the work, `'client'` when the calls go through the client. */
  export type Engine = 'native' | 'client'

  /** An access key, as the JavaScript SDK has it. */
  export interface Credentials {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string | undefined
    /** When they end. Without it they last for ever. */
    readonly expiration?: Date | undefined
  }

  /** Provides credentials. What it throws becomes the `cause` of the error of the call that needed them. */
  export type CredentialsProvider = () => Promise<Credentials>

  /** What a write takes beside key and body. The list is closed. */
  export interface WriteOptions {
    /** The `Content-Type`: printable ASCII, not empty. Default: `application/json`. */
    contentType?: string | undefined
    /**
     * The object's own metadata (`x-amz-meta-*`): names are header tokens, of which case is ignored and comes back
     * lower; values are printable ASCII without spaces at the edges. S3 takes 2 KB in all.
     */
    metadata?: Readonly<Record<string, string>> | undefined
  }

  /** What a write of the JSON wrapper takes beside key and value. */
  export interface JsonWriteOptions {
    /** As in {@link WriteOptions.metadata}. */
    metadata?: Readonly<Record<string, string>> | undefined
    /** Ignored: JSON is always written as `application/json`. */
    contentType?: string | undefined
  }

  /**
   * What can be written: text (as UTF-8) or bytes. A `Buffer` is an `ArrayBufferView`. What is handed over is what is
   * written, even if it is changed right after the call.
   */
  export type Body = string | ArrayBufferView | ArrayBufferLike | WebBlob

  // ------------------------------------------------------------------------------------------------------------ store

  /**
   * A bucket as a small, strongly consistent store. Every write says what it expects to find, and fails, with nothing
   * changed, when it finds something else.
   *
   * All methods reject with a `TypeError` or `RangeError` (`code`: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`,
   * `ERR_OUT_OF_RANGE`) for bad input, before anything is sent; with one of the classes of {@link S3StoreError} as
   * said below; with an error named as S3 names it (`NoSuchKey`, `AccessDenied`, …) for any other answer; and with an
   * error that has a `code` (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, …) or a name (`CredentialsProviderError`, …)
   * when there was no answer.
   *
   * A key is a string of 1 to 1,024 bytes of UTF-8. An etag is one strong entity-tag, as the server gave it, quotes
   * included.
   */
  export interface S3Store {
    /** The bucket's name. */
    readonly bucket: string
    /** Who does the work now. With a client it can change: mocks come and go. */
    readonly engine: Engine

    /**
     * Writes an object where there is none (`If-None-Match: *`).
     *
     * @param options - The options, or the content type alone.
     * @throws {@link KeyExistsError} when the key exists.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt.
     * @throws {@link UnsupportedBucketOperationError} when the bucket doesn't know the condition.
     */
    createObject(key: string, body: Body, options?: WriteOptions | string): Promise<WriteResult>

    /**
     * Overwrites the object that has this etag (`If-Match`).
     *
     * @param etag - The etag that the object was read or written with. It can't be left out.
     * @param options - The options, or the content type alone.
     * @throws {@link StaleDataError} when the object has another etag.
     * @throws Error named `NoSuchKey` when there is no object.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt.
     * @throws {@link UnsupportedBucketOperationError} when the bucket doesn't know the condition.
     */
    putObjectIfMatch(key: string, body: Body, etag: string, options?: WriteOptions | string): Promise<WriteResult>

    /**
     * Reads an object.
     *
     * @throws Error named `NoSuchKey` when there is none.
     */
    getObject(key: string): Promise<GetResult>

    /**
     * Reads an object if it still has this etag (`If-Match`).
     *
     * @param etag - The expected etag; `undefined` reads whatever is there.
     * @throws {@link StaleDataError} when the object has another etag.
     * @throws Error named `NoSuchKey` when there is none.
     */
    getObjectIfMatch(key: string, etag?: string | undefined): Promise<GetResult>

    /**
     * Deletes whatever is there. It is no error when there is nothing.
     *
     * @param ignored - Callers of older versions of the mirrored package pass an etag here. It means nothing.
     */
    deleteObject(key: string, ignored?: string): Promise<DeleteResult>

    /**
     * Deletes the object that has this etag (`If-Match`).
     *
     * @param etag - The etag that the object was read or written with. It can't be left out.
     * @throws {@link StaleDataError} when the object has another etag.
     * @throws Error named `NoSuchKey` when there is no object.
     * @throws {@link ConcurrentWriteConflictError} when other writes to the key were under way in every attempt.
     * @throws {@link UnsupportedBucketOperationError} when the bucket doesn't know the condition.
     */
    deleteObjectIfMatch(key: string, etag: string): Promise<DeleteResult>

    /**
     * Lists the bucket in the order of its keys' UTF-8 bytes, page by page; no match yields no page. Each iteration
     * asks anew. Bad input rejects the first `next()`.
     *
     * @param prefix - What the keys begin with. Default: everything.
     */
    list(prefix?: string): AsyncIterable<ListedObject[]>
  }

  /** The part of a store that {@link createJsonWrapper} calls: whatever has it can stand in for a store. */
  export interface ObjectStore {
    readonly bucket: string
    createObject(key: string, body: string, options?: WriteOptions): Promise<{ readonly etag: string }>
    putObjectIfMatch(
      key: string,
      body: string,
      etag: string,
      options?: WriteOptions,
    ): Promise<{ readonly etag: string }>
    getObject(key: string): Promise<{ readonly etag: string; asJson(): Promise<any> }>
    getObjectIfMatch(key: string, etag?: string | undefined): Promise<{ asJson(): Promise<any> }>
    deleteObject(key: string): Promise<any>
    deleteObjectIfMatch(key: string, etag: string): Promise<any>
    list(prefix?: string): AsyncIterable<any>
  }

  /** The same store for JSON. Errors are the store's. */
  export interface JsonS3Store<T = any> {
    /** The store underneath. */
    readonly store: ObjectStore
    /** The bucket's name. */
    readonly bucket: string

    /**
     * Writes a value where there is none, and resolves to its etag.
     *
     * @throws TypeError when JSON can't hold the value (`undefined`, a function, a cycle, a BigInt); nothing is sent.
     * @throws As {@link S3Store.createObject}.
     */
    createObject(key: string, value: T, options?: JsonWriteOptions | string): Promise<string>

    /**
     * Overwrites the value that has this etag, and resolves to the new etag.
     *
     * @throws TypeError when JSON can't hold the value; nothing is sent.
     * @throws As {@link S3Store.putObjectIfMatch}.
     */
    putObjectIfMatch(key: string, value: T, etag: string, options?: JsonWriteOptions | string): Promise<string>

    /**
     * Reads a value and its etag.
     *
     * @throws SyntaxError, naming the key and the place, when the object isn't JSON.
     * @throws As {@link S3Store.getObject}.
     */
    getObject<U = T>(key: string): Promise<[value: U, etag: string]>

    /**
     * Reads a value if it still has this etag.
     *
     * @throws SyntaxError, naming the key and the place, when the object isn't JSON.
     * @throws As {@link S3Store.getObjectIfMatch}.
     */
    getObjectIfMatch<U = T>(key: string, etag?: string | undefined): Promise<U>

    /** As {@link S3Store.deleteObject}. */
    deleteObject(key: string): Promise<DeleteResult>

    /** As {@link S3Store.deleteObjectIfMatch}. */
    deleteObjectIfMatch(key: string, etag: string): Promise<DeleteResult>

    /** As {@link S3Store.list}. */
    list(prefix?: string): AsyncIterable<ListedObject[]>
  }

  // ---------------------------------------------------------------------------------------------------------- results

  /** What a write resolves to. */
  export interface WriteResult {
    /** The object's new etag, quotes included. It is opaque: not always an MD5. */
    readonly etag: string
    readonly response: WriteResponse
  }

  /** What a delete resolves to. */
  export interface DeleteResult {
    /** A delete leaves nothing that could have an etag. */
    readonly etag: undefined
    readonly response: DeleteResponse
  }

  /**
   * What a get resolves to. Up to 256 KiB come with it, and can be read again and again; a longer body is read from
   * the server as it is asked for, once. A body that isn't read holds nothing up: its connection is given up after a
   * while, and reading it later asks for the rest of the same object ({@link StaleDataError} if that has changed).
   */
  export interface GetResult extends AsyncDisposableWhereKnown {
    /** The object's etag, quotes included. */
    readonly etag: string
    readonly response: GetResponse
    /** The body as text, decoded as UTF-8. */
    asString(): Promise<string>
    /** The body as bytes of the caller's own. */
    asByteArray(): Promise<Uint8Array>
    /** The body as a web `ReadableStream` of `Uint8Array`s. */
    asWebStream(): Promise<WebReadableStream>
    /**
     * The body as JSON.
     *
     * @throws SyntaxError, naming the key and the place, when it isn't.
     */
    asJson<T = any>(): Promise<T>
    /** Gives the body up and frees what it holds. Reading it then rejects, with the code `ABORT_ERR`. */
    cancel(): Promise<void>
  }

  /** An answer of S3's, named and shaped as by the JavaScript SDK. Through a client, it is the client's own object. */
  export interface ResponseMetadata {
    /** The HTTP status. */
    httpStatusCode?: number | undefined
    /** S3's `x-amz-request-id`, which AWS Support asks for. */
    requestId?: string | undefined
    /** S3's `x-amz-id-2`. */
    extendedRequestId?: string | undefined
    /** How many attempts were made. */
    attempts?: number | undefined
  }

  /** What answers to writes and gets have in common. */
  export interface ObjectResponse {
    $metadata: ResponseMetadata
    ETag?: string | undefined
    VersionId?: string | undefined
    /** When a lifecycle rule will delete the object, and which. */
    Expiration?: string | undefined
    RequestCharged?: string | undefined
    ChecksumType?: string | undefined
    ChecksumCRC32?: string | undefined
    ChecksumCRC32C?: string | undefined
    ChecksumCRC64NVME?: string | undefined
    ChecksumSHA1?: string | undefined
    ChecksumSHA256?: string | undefined
    ServerSideEncryption?: string | undefined
    SSECustomerAlgorithm?: string | undefined
    SSECustomerKeyMD5?: string | undefined
    SSEKMSKeyId?: string | undefined
    BucketKeyEnabled?: boolean | undefined
  }

  /** The answer to a write. */
  export interface WriteResponse extends ObjectResponse {
    SSEKMSEncryptionContext?: string | undefined
    Size?: number | undefined
  }

  /** The answer to a delete. */
  export interface DeleteResponse {
    $metadata: ResponseMetadata
    DeleteMarker?: boolean | undefined
    VersionId?: string | undefined
    RequestCharged?: string | undefined
  }

  /** The answer to a get. */
  export interface GetResponse extends ObjectResponse {
    Body?: ObjectBody | undefined
    ContentType?: string | undefined
    /** In bytes. */
    ContentLength?: number | undefined
    LastModified?: Date | undefined
    /** The object's own metadata, with names in lower case. */
    Metadata?: Record<string, string> | undefined
    AcceptRanges?: string | undefined
    CacheControl?: string | undefined
    ContentDisposition?: string | undefined
    ContentEncoding?: string | undefined
    ContentLanguage?: string | undefined
    ContentRange?: string | undefined
    DeleteMarker?: boolean | undefined
    Expires?: Date | undefined
    ExpiresString?: string | undefined
    MissingMeta?: number | undefined
    ObjectLockLegalHoldStatus?: string | undefined
    ObjectLockMode?: string | undefined
    ObjectLockRetainUntilDate?: Date | undefined
    PartsCount?: number | undefined
    ReplicationStatus?: string | undefined
    Restore?: string | undefined
    StorageClass?: string | undefined
    TagCount?: number | undefined
    WebsiteRedirectLocation?: string | undefined
  }

  /**
   * The body of a get: a `stream.Readable` with the three methods that the JavaScript SDK adds. Nothing is read before
   * somebody reads it.
   */
  export interface ObjectBody extends NodeReadable {
    /** The whole body as text. `encoding` is one of `Buffer`'s or of `TextDecoder`'s. Default: UTF-8. */
    transformToString(encoding?: string): Promise<string>
    /** The whole body as bytes. */
    transformToByteArray(): Promise<Uint8Array>
    /** The body as a web `ReadableStream` of `Uint8Array`s. */
    transformToWebStream(): WebReadableStream
  }

  /** An object of a listing. */
  export interface ListedObject {
    Key: string
    ETag: string
    /** In bytes. */
    Size: number
    LastModified: Date
    StorageClass?: string | undefined
  }

  // ----------------------------------------------------------------------------------------------------------- errors

  /** A method of the store. */
  export type Operation =
    | 'createObject'
    | 'putObjectIfMatch'
    | 'getObject'
    | 'getObjectIfMatch'
    | 'deleteObject'
    | 'deleteObjectIfMatch'
    | 'list'

  /** What the store's own errors have in common. */
  class ConditionError extends Error {
    constructor(message?: string, originalError?: unknown)
    /**
     * The server's answer as an error with S3's `name`, `Code` and `message`, `$fault` and `$metadata`; through a
     * client, what the client threw. The same object as `cause`.
     */
    get originalError(): any
    /** The store's bucket. */
    readonly bucket?: string
    /** The key that was asked for. */
    readonly key?: string
    /** The method that was called. */
    readonly operation?: Operation
  }

  /** The key exists already (412 for `If-None-Match: *`). Nothing was written. */
  export class KeyExistsError extends ConditionError {
    readonly name: 'KeyExistsError'
    readonly code: 'KEY_EXISTS'
  }

  /** The object isn't the one that was expected (412 for `If-Match`): read it again. Nothing was changed. */
  export class StaleDataError extends ConditionError {
    readonly name: 'StaleDataError'
    readonly code: 'STALE_DATA'
  }

  /** Another write to the key was under way (409), in every attempt. Nothing was changed: try again. */
  export class ConcurrentWriteConflictError extends ConditionError {
    readonly name: 'ConcurrentWriteConflictError'
    readonly code: 'WRITE_CONFLICT'
  }

  /** The bucket doesn't support the condition (501); the message says which. Nothing was changed. */
  export class UnsupportedBucketOperationError extends ConditionError {
    readonly name: 'UnsupportedBucketOperationError'
    readonly code: 'UNSUPPORTED_OPERATION'
  }

  /** The store's own errors. `switch (error.name)` tells them apart. */
  export type S3StoreError =
    KeyExistsError | StaleDataError | ConcurrentWriteConflictError | UnsupportedBucketOperationError

  // ---------------------------------------------------------------------- types of the platform, where they are known

  /** `Blob`, where it is declared (by lib.dom or `@types/node`). */
  export type WebBlob = typeof globalThis extends { Blob: { prototype: infer Instance } } ? Instance : never

  /** `URL`, where it is declared. */
  export type WebUrl = typeof globalThis extends { URL: { prototype: infer Instance } } ? Instance : never

  /** `ReadableStream`, where it is declared; else the part of it that reads. */
  export type WebReadableStream = typeof globalThis extends { ReadableStream: { prototype: infer Instance } }
    ? Instance
    : {
        getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(reason?: unknown): Promise<void> }
        cancel(reason?: unknown): Promise<void>
      }

  /** `Symbol.asyncDispose`, where it is declared: it does what {@link GetResult.cancel} does. */
  export type AsyncDisposableWhereKnown = typeof Symbol extends { readonly asyncDispose: infer Key extends symbol }
    ? { [Name in Key]: () => Promise<void> }
    : {}

  /** A `stream.Readable` of Node's, told by what it can do: `@types/node` need not be there. */
  export interface NodeReadable extends NodeEmitter {
    readable: boolean
    readonly destroyed: boolean
    read(size?: number): any
    setEncoding(encoding: any): this
    pause(): this
    resume(): this
    isPaused(): boolean
    pipe<Destination>(destination: Destination, options?: { end?: boolean }): Destination
    unpipe(destination?: any): this
    unshift(chunk: any, encoding?: any): void
    wrap(stream: any): this
    destroy(error?: Error): this
    [Symbol.asyncIterator](): AsyncIterableIterator<any>
  }

  /** An `EventEmitter` of Node's. */
  export interface NodeEmitter {
    on(event: string | symbol, listener: (...args: any[]) => void): this
    once(event: string | symbol, listener: (...args: any[]) => void): this
    off(event: string | symbol, listener: (...args: any[]) => void): this
    addListener(event: string | symbol, listener: (...args: any[]) => void): this
    removeListener(event: string | symbol, listener: (...args: any[]) => void): this
    removeAllListeners(event?: string | symbol): this
    prependListener(event: string | symbol, listener: (...args: any[]) => void): this
    prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this
    setMaxListeners(count: number): this
    getMaxListeners(): number
    listeners(event: string | symbol): Function[]
    rawListeners(event: string | symbol): Function[]
    listenerCount(event: string | symbol, listener?: Function): number
    emit(event: string | symbol, ...args: any[]): boolean
    eventNames(): (string | symbol)[]
  }
}

export = createS3Store
