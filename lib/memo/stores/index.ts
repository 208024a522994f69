/** The stores that come with dugout: the only door of this folder. */
export { InvalidNameError, StoreError } from './errors.js'
export { type Durability, type FilesystemOptions, filesystemStore } from './filesystem/index.js'
export { type LayeredOptions, layeredStore } from './layered.js'
export { type LockOptions, lock, lockSync } from './lock.js'
export { type MemoryOptions, memoryStore } from './memory.js'
export { nullStore } from './null.js'
export { type RedisOptions, redisStore } from './redis.js'
export { type SqliteOptions, sqliteStore } from './sqlite/index.js'
