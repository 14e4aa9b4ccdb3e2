import type { StrategyConfig } from '../../config/schema.ts';
import { allAtOnce } from './all-at-once.ts';
import { blueGreen } from './blue-green.ts';
import { canary } from './canary.ts';
import { rolling } from './rolling.ts';
import type { Strategy } from './types.ts';

export const strategies: Record<StrategyConfig['kind'], Strategy> = { allAtOnce, rolling, blueGreen, canary };
