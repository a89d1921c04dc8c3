export { RedisCluster } from './redis-cluster.js';
export {
  describeRedis,
  RedisServer,
  stopRedis,
} from './redis-process.js';
export { RedisSentinelGroup } from './redis-sentinel-group.js';
export { SlowProxy, stopProxies } from './slow-proxy.js';
