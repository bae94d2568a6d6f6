/** Resuming just below the estimate keeps the next refusal away for a long while. */
const BELOW_ESTIMATE = 0.98;
/**
 * The pace grows by exp((t / horizon)^4): 4 % in the first half of the horizon, so that a bucket of
 * a few requests absorbs an error of the estimate, and eightyfold after one and a half horizons, so
 * that a passing outage is forgotten within some twenty seconds.
 */
const HORIZON_S = 15;
/** Each refusal after a long round doubles the horizon: a night has a few dozen refusals at most. */
const HORIZON_MAX_S = 240;
/** A round shorter than this part of the horizon was not ended by growth. */
const SHORT_ROUND = 0.25;
/** A limiter is found in fewer steps; more short rounds look like a service that fails at random. */
const SHORT_ROUNDS_BEFORE_TRIAL = 5;

/**
 * How fast the service may be asked, as far as its refusals tell.
 *
 * A round lasts from one resumption to the next: requests, a refusal, a pause. The model is a bucket
 * that holds an unknown burst and is refilled at the wanted rate; windows of fixed length come out
 * well enough. Of each round, two things are certain: the bucket was empty at the refusal, and what
 * was answered over the whole round, pause included, the service allows for good.
 */
export class LearntRate {
	/** At the resumption; Infinity while the requests are not paced at all. */
	private basePerSecond = Infinity;
	private horizonS = HORIZON_S;
	/** Smoothed over some eight answers. */
	private latencyS = 0;

	private roundMs = 0;
	private startsMs: number[] = [];
	private answers = 0;
	private refusals = 0;
	private refused?: { atMs: number; answers: number; perSecond: number };

	/** The last round without a pace: at most this many requests are allowed in a burst. */
	private burst = { answers: 0, spanS: 0 };
	private shortRounds = 0;
	/** Requests answered and refused at a pace, and in trials without one. */
	private paced = { answers: 0, refusals: 0 };
	private trial?: { answers: number; refusals: number };

	constructor(private readonly maxConcurrency: number) {}

	perSecond(nowMs: number): number {
		if (this.basePerSecond === Infinity) return Infinity;
		const roundS = Math.max(0, nowMs - this.roundMs) / 1000;
		const perSecond = this.basePerSecond * Math.exp((roundS / this.horizonS) ** 4);
		if (perSecond * this.latencyS > 2 * this.maxConcurrency) {
			// The places have long been the only limit. The next refusal is a matter of its own.
			this.basePerSecond = Infinity;
			this.trial = undefined;
		}
		return perSecond;
	}

	noteStart(nowMs: number): void {
		if (this.basePerSecond !== Infinity) this.startsMs.push(nowMs);
	}

	/** How long failures take, time-outs above all, says little about the service's own time. */
	noteAnswer(latencyMs: number, succeeded: boolean): void {
		this.answers++;
		if (this.latencyS === 0) this.latencyS = latencyMs / 1000;
		else if (succeeded) this.latencyS += (latencyMs / 1000 - this.latencyS) / 8;
	}

	noteRefusal(nowMs: number, endsRound: boolean): void {
		this.refusals++;
		if (!endsRound) return;
		this.refused = { atMs: nowMs, answers: this.answers, perSecond: this.perSecond(nowMs) };
	}

	/** The service answers again; `nowMs` is when the request started that showed it. */
	resume(nowMs: number): void {
		if (this.refused) {
			const roundS = Math.max(1, nowMs - this.roundMs) / 1000;
			const sustained = this.answers / roundS;
			const spanS = (this.refused.atMs - this.roundMs) / 1000;
			if (this.basePerSecond === Infinity) this.learnUnpaced(sustained, spanS);
			else this.learnPaced(sustained, spanS, this.refused);
		}
		this.roundMs = nowMs;
		this.startsMs = [];
		this.answers = this.refusals = 0;
		this.refused = undefined;
	}

	/**
	 * With the bucket empty, only what trickles in is answered: so many of the requests that were in
	 * flight at the refusal, which is one latency's worth. The quarter stands for the fraction that
	 * counting cuts off; a half, the mean, would too often bring a second refusal at once.
	 */
	private learnUnpaced(sustained: number, spanS: number): void {
		const trickled = this.answers - this.refused!.answers;
		const trickling = this.latencyS > 0 ? (trickled + 0.25) / this.latencyS : 0;
		this.burst = { answers: this.answers, spanS };
		this.horizonS = HORIZON_S;
		this.shortRounds = 0;
		if (this.trial) {
			this.trial.answers += this.answers;
			this.trial.refusals += this.refusals;
			const { trial, paced } = this;
			const paceHelps = trial.answers / trial.refusals < paced.answers / paced.refusals / 2;
			if (!paceHelps) return;
		}
		this.trial = undefined;
		this.paced = { answers: 0, refusals: 0 };
		this.basePerSecond = Math.max(sustained, trickling);
	}

	private learnPaced(
		sustained: number,
		spanS: number,
		refused: { atMs: number; perSecond: number },
	): void {
		const { burst } = this;
		// Whatever came in a stretch before the refusal and was no burst, was refilled meanwhile. The
		// best stretch is the one that began with a full bucket.
		let refilled = 0;
		for (let count = 1; count <= this.startsMs.length; count++) {
			const stretchS = (refused.atMs - this.startsMs[this.startsMs.length - count]) / 1000;
			if (stretchS <= 2 * burst.spanS) continue;
			refilled = Math.max(refilled, (count - burst.answers - 1) / (stretchS - burst.spanS));
		}
		// After a round too short to tell, go half as fast, unless even that is more than was seen.
		const atMost =
			spanS > burst.spanS ? (this.answers - burst.answers + 2) / (spanS - burst.spanS) : Infinity;
		this.basePerSecond =
			BELOW_ESTIMATE *
			Math.max(
				sustained,
				Math.min(refilled, refused.perSecond),
				Math.min(refused.perSecond / 2, atMost),
			);

		this.paced.answers += this.answers;
		this.paced.refusals += this.refusals;
		if (spanS > SHORT_ROUND * this.horizonS) {
			this.horizonS = Math.min(HORIZON_MAX_S, this.horizonS * 2);
		} else if (++this.shortRounds >= SHORT_ROUNDS_BEFORE_TRIAL) {
			// Slowing down does not seem to help. If refusals are no more frequent without a pace, then
			// they have nothing to do with it, and each would slow the run further for nothing.
			this.trial = { answers: 0, refusals: 0 };
			this.basePerSecond = Infinity;
		}
	}
}
