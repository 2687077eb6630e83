-- The same steps as in book.lua, in one function of Postgres: its caller needs one round trip, and the lock is
-- held for no longer than that. {schema} and {ask} are filled in; {ask} has another name for another text, so
-- that releases can work side by side.
--
-- The tables are UNLOGGED: writing them costs no flush to the disk, and after a crash or a change of servers
-- Postgres hands them over empty, which is how the loss of the last moments is noticed.

CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.books (
    app text PRIMARY KEY, id text NOT NULL, lost bigint NOT NULL
);

CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.pauses (
    app text, scope text, till bigint NOT NULL, level int NOT NULL, why text NOT NULL, PRIMARY KEY (app, scope)
);

CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.days (
    app text, scope text, day bigint NOT NULL, calls bigint NOT NULL, assumed bigint NOT NULL,
    book text NOT NULL, PRIMARY KEY (app, scope)
);

CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.calls (
    app text, scope text, name text, at bigint NOT NULL, PRIMARY KEY (app, scope, name)
);

CREATE INDEX IF NOT EXISTS calls_at ON {schema}.calls (app, scope, at DESC);

CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.timeouts (
    app text, fingerprint text, at bigint NOT NULL, PRIMARY KEY (app, fingerprint)
);

CREATE OR REPLACE FUNCTION {schema}.{ask}_pause(app_ text, scope_ text, till_ bigint, level_ int, why_ text)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO {schema}.pauses VALUES (app_, scope_, till_, level_, why_)
    ON CONFLICT (app, scope) DO UPDATE SET till = till_, level = level_, why = why_
$$;

CREATE OR REPLACE FUNCTION {schema}.{ask}_used(app_ text, scope_ jsonb, day_ bigint, id_ text, lost_ bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
-- Calls of a day that are counted, and those that must be assumed since the count was lost under way.
DECLARE
    of_a_day CONSTANT bigint := 86400000;
    name_ text := scope_ ->> 'name';
    entry {schema}.days;
    assumed_ bigint := 0;
BEGIN
    SELECT * INTO entry FROM {schema}.days d WHERE d.app = app_ AND d.scope = name_;
    IF entry.day = day_ + 1 THEN
        -- Shortly before midnight some calls are booked for the next day already.
        day_ := entry.day;
    END IF;
    IF entry.day IS DISTINCT FROM day_ OR entry.book IS DISTINCT FROM id_ THEN
        IF entry.day IS DISTINCT FROM day_ THEN
            entry.calls := 0;
        END IF;
        IF (scope_ ->> 'assume')::boolean AND lost_ / of_a_day = day_ THEN
            assumed_ := greatest(
                0, (scope_ ->> 'per_day')::bigint * (lost_ % of_a_day) / of_a_day - entry.calls);
        END IF;
        INSERT INTO {schema}.days VALUES (app_, name_, day_, entry.calls, assumed_, id_)
        ON CONFLICT (app, scope)
        DO UPDATE SET day = day_, calls = entry.calls, assumed = assumed_, book = id_
        RETURNING * INTO entry;
    END IF;
    IF scope_ ->> 'known_id' NOT IN ('', id_) AND (scope_ ->> 'known_day')::bigint = day_ THEN
        UPDATE {schema}.days d SET calls = greatest(d.calls, (scope_ ->> 'known_calls')::bigint)
        WHERE d.app = app_ AND d.scope = name_ RETURNING * INTO entry;
    END IF;
    RETURN entry.calls + entry.assumed;
END
$$;

CREATE OR REPLACE FUNCTION {schema}.{ask}(request jsonb)
RETURNS jsonb LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
DECLARE
    of_a_day CONSTANT bigint := 86400000;
    app_ text := request ->> 'book';
    op text := request ->> 'op';
    every text := request ->> 'app';
    slow text := request ->> 'slow';
    scopes jsonb := request -> 'scopes';
    first_scope text := request -> 'scopes' -> 0 ->> 'name';
    names text[] := ARRAY(SELECT value ->> 'name' FROM jsonb_array_elements(request -> 'scopes'));
    second bigint := (request ->> 'second')::bigint;
    silence bigint := (request ->> 'silence')::bigint;
    memory bigint := (request ->> 'memory')::bigint;
    sent_ bigint := (request ->> 'sent')::bigint;
    now_ bigint;
    current {schema}.books;
    worst {schema}.pauses;
    scope_ jsonb;
    rate jsonb;
    kind text;
    at_ bigint := 0;
    before bigint;
    why text := '';
    level_ int;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tiktok_ads quota ' || app_, 0));
    now_ := coalesce((request ->> 'now')::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

    SELECT * INTO current FROM {schema}.books b WHERE b.app = app_;
    IF current.id IS NULL THEN
        -- Nobody can say what went out in the last minute: what was counted last may be lost.
        INSERT INTO {schema}.books VALUES (app_, request ->> 'fresh', now_) RETURNING * INTO current;
        why := CASE op WHEN 'look' THEN 'emptied' ELSE '' END;
        PERFORM {schema}.{ask}_pause(app_, every, now_ + (request ->> 'rest')::bigint, 0, 'emptied');
    END IF;
    IF request ->> 'known_id' NOT IN ('', current.id) THEN
        SELECT coalesce(max(till), 0) INTO before FROM {schema}.pauses p WHERE p.app = app_ AND p.scope = every;
        IF (request ->> 'known_until')::bigint > before THEN
            PERFORM {schema}.{ask}_pause(app_, every, (request ->> 'known_until')::bigint, 4, 'refused');
        END IF;
    END IF;
    SELECT * INTO worst FROM {schema}.pauses p
    WHERE p.app = app_ AND p.scope IN (every, request ->> 'narrow') AND p.till > now_
        -- No pause is so long; such a one was made while the server's clock was ahead.
        AND p.till <= now_ + (request ->> 'longest')::bigint
    ORDER BY p.till DESC LIMIT 1;

    IF op = 'look' THEN
        kind := 'looked';

    ELSIF op = 'reserve' AND worst.till IS NOT NULL THEN
        kind := 'blocked'; at_ := worst.till;
        why := CASE worst.scope WHEN every THEN worst.why ELSE 'one' END;

    ELSIF op = 'reserve' THEN
        kind := 'slot'; at_ := now_;
        DELETE FROM {schema}.calls c WHERE c.app = app_ AND c.scope = ANY (names) AND (
            c.at <= now_ - (request ->> 'kept')::bigint
            -- What lies so far ahead was booked while the server's clock was wrong.
            OR c.at >= now_ + (request ->> 'farthest')::bigint);
        FOR scope_ IN SELECT value FROM jsonb_array_elements(scopes) LOOP
            SELECT coalesce(max(c.at), 0) INTO before FROM {schema}.calls c
            WHERE c.app = app_ AND c.scope = scope_ ->> 'name';
            at_ := greatest(at_, before);
            SELECT p.level INTO level_ FROM {schema}.pauses p
            WHERE p.app = app_ AND p.scope = slow AND p.till > now_;
            IF level_ IS NOT NULL AND scope_ ->> 'name' = first_scope THEN
                at_ := greatest(at_, before + second / level_ + 1);
            END IF;
            FOR rate IN SELECT value FROM jsonb_array_elements(scope_ -> 'rates') LOOP
                SELECT c.at INTO before FROM {schema}.calls c
                WHERE c.app = app_ AND c.scope = scope_ ->> 'name'
                ORDER BY c.at DESC OFFSET (rate ->> 0)::int - 1 LIMIT 1;
                at_ := greatest(at_, before + (rate ->> 1)::bigint + 1);
            END LOOP;
        END LOOP;
        FOR scope_ IN SELECT value FROM jsonb_array_elements(scopes) LOOP
            IF {schema}.{ask}_used(app_, scope_, at_ / of_a_day, current.id, current.lost)
                >= (scope_ ->> 'per_day')::bigint
            THEN
                kind := 'blocked'; at_ := (at_ / of_a_day + 1) * of_a_day; why := 'day:' || (scope_ ->> 'per_day');
                EXIT;
            END IF;
        END LOOP;
        IF kind = 'slot' THEN
            INSERT INTO {schema}.calls SELECT app_, one, request ->> 'name', at_ FROM unnest(names) one;
            UPDATE {schema}.days d SET calls = d.calls + 1 WHERE d.app = app_ AND d.scope = ANY (names);
        END IF;

    ELSIF op IN ('claim', 'sent', 'release') THEN
        SELECT c.at INTO at_ FROM {schema}.calls c
        WHERE c.app = app_ AND c.scope = first_scope AND c.name = request ->> 'name';
        IF at_ IS NULL THEN
            kind := 'gone'; at_ := 0;
        ELSIF op = 'release' OR (op = 'claim' AND worst.till IS NOT NULL) THEN
            kind := CASE op WHEN 'release' THEN 'released' ELSE 'blocked' END;
            DELETE FROM {schema}.calls c
            WHERE c.app = app_ AND c.scope = ANY (names) AND c.name = request ->> 'name';
            UPDATE {schema}.days d SET calls = greatest(0, d.calls - 1)
            WHERE d.app = app_ AND d.scope = ANY (names) AND d.day = at_ / of_a_day AND d.book = current.id;
            at_ := 0;
            IF op = 'claim' THEN
                at_ := worst.till; why := CASE worst.scope WHEN every THEN worst.why ELSE 'one' END;
            END IF;
        ELSE
            kind := 'slot';
            IF now_ - at_ > (request ->> 'late')::bigint THEN
                -- Whatever comes a second or more behind the call moves as much; the calls between need not.
                UPDATE {schema}.calls c SET at = c.at + now_ - at_
                WHERE c.app = app_ AND c.scope = ANY (names) AND c.at >= at_ + second;
                UPDATE {schema}.calls c SET at = now_
                WHERE c.app = app_ AND c.scope = ANY (names) AND c.name = request ->> 'name';
                at_ := now_;
            END IF;
        END IF;

    ELSIF op = 'refused' THEN
        kind := 'blocked';
        SELECT * INTO worst FROM {schema}.pauses p WHERE p.app = app_ AND p.scope = request ->> 'scope';
        IF sent_ < worst.till THEN
            -- Sent before the pause was over, so it tells nothing new.
            at_ := worst.till; why := 'refused';
        ELSE
            level_ := 1;
            IF now_ - worst.till <= 60000 THEN
                SELECT count(*) INTO before FROM {schema}.calls c
                WHERE c.app = app_ AND c.scope = first_scope AND c.at > worst.till AND c.at < sent_;
                IF (request ->> 'enough')::bigint = 0 OR before <= (request ->> 'enough')::bigint THEN
                    level_ := worst.level + 1;
                END IF;
            END IF;
            why := request ->> 'limit';
            at_ := now_ + (request ->> 'second_pause')::bigint * (2 ^ (least(level_, 4) - 1))::bigint;
            IF why = 'day' THEN
                at_ := (now_ / of_a_day + 1) * of_a_day;
            ELSIF why = 'minute' OR level_ >= 4 THEN
                at_ := now_ + silence; why := 'minute';
            END IF;
            PERFORM {schema}.{ask}_pause(app_, request ->> 'scope', at_, level_, why);
        END IF;

    ELSIF op = 'timed_out' THEN
        kind := 'noted';
        DELETE FROM {schema}.timeouts t WHERE t.app = app_ AND t.at <= now_ - memory;
        INSERT INTO {schema}.timeouts VALUES (app_, request ->> 'fingerprint', now_)
        ON CONFLICT (app, fingerprint) DO UPDATE SET at = now_;
        SELECT count(*) INTO before FROM {schema}.timeouts t WHERE t.app = app_ AND t.at >= now_ - 10000;
        IF before >= 30 THEN
            PERFORM {schema}.{ask}_pause(app_, every, now_ + silence, 4, 'timeouts');
        ELSIF before >= 10 THEN
            PERFORM {schema}.{ask}_pause(
                app_, slow, now_ + silence, CASE WHEN before >= 20 THEN 1 ELSE 5 END, 'timeouts');
        END IF;

    ELSIF op = 'blocked' THEN
        kind := 'blocked'; why := 'timeouts';
        SELECT coalesce(max(t.at) + memory, 0) INTO at_ FROM {schema}.timeouts t
        WHERE t.app = app_ AND t.fingerprint = request ->> 'fingerprint';

    ELSE
        RAISE EXCEPTION 'the book knows no step %', op;
    END IF;

    FOR scope_ IN SELECT value FROM jsonb_array_elements(scopes) LOOP
        PERFORM {schema}.{ask}_used(
            app_, scope_, greatest(now_, CASE kind WHEN 'slot' THEN at_ ELSE 0 END) / of_a_day, current.id,
            current.lost);
    END LOOP;
    RETURN jsonb_build_object(
        'now', now_, 'id', current.id, 'kind', kind, 'at', at_, 'why', why,
        'counts', (
            SELECT coalesce(jsonb_agg(d.calls ORDER BY o.place), '[]') FROM unnest(names)
            WITH ORDINALITY AS o(name, place) JOIN {schema}.days d ON d.app = app_ AND d.scope = o.name));
END
$$
