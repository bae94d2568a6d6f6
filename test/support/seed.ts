import fc from 'fast-check';

/**
 * The seed of every property test: the same in each `npm test`, so that a change is judged by itself
 * and not by luck. `npm run test:properties` sets another one each time.
 */
export const SEED = Number(process.env.STORE_SEATS_PROPERTY_SEED ?? 20_261_122);

fc.configureGlobal({ seed: SEED });
