-- The tables of the index that look-ups read. Everything here follows from the ledger.
-- A node's number is the hash in its id, or for a thing a hash of its id, so that numbers need no looking up.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE nodes (number INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE counts (class TEXT PRIMARY KEY, nodes INTEGER NOT NULL) WITHOUT ROWID;
-- Entities and papers. `folded` is the name without case: what sorts, and what is looked through.
CREATE TABLE things (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,
    papers INTEGER NOT NULL, published TEXT, url TEXT,
    dated TEXT NOT NULL GENERATED ALWAYS AS (ifnull(published, '')));
CREATE TABLE names (
    number INTEGER PRIMARY KEY, thing INTEGER NOT NULL, alias INTEGER NOT NULL, name TEXT NOT NULL,
    folded TEXT NOT NULL, key TEXT NOT NULL);
CREATE VIRTUAL TABLE names_text USING fts5 (
    folded, content = 'names', content_rowid = 'number', tokenize = 'trigram case_sensitive 1');
CREATE TABLE mentions (thing INTEGER NOT NULL, paper INTEGER NOT NULL, PRIMARY KEY (thing, paper)) WITHOUT ROWID;
CREATE TABLE authors (number INTEGER PRIMARY KEY, paper INTEGER NOT NULL, folded TEXT NOT NULL);
CREATE VIRTUAL TABLE authors_text USING fts5 (
    folded, content = 'authors', content_rowid = 'number', tokenize = 'trigram case_sensitive 1');
-- Statements that are believed at all, each with the type and the folded name of its subject, which sorts it.
CREATE TABLE statements (
    number INTEGER PRIMARY KEY, subject INTEGER NOT NULL, predicate TEXT NOT NULL, object INTEGER NOT NULL,
    belief REAL NOT NULL, papers INTEGER NOT NULL, folded TEXT NOT NULL, type TEXT NOT NULL);
CREATE TABLE results (
    number INTEGER PRIMARY KEY, method INTEGER, benchmark INTEGER, metric INTEGER, baseline INTEGER,
    value REAL NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL, belief REAL NOT NULL, papers INTEGER NOT NULL);
-- Which papers have sentences for a statement or result, and whether they state or deny it.
CREATE TABLE sources (
    about INTEGER NOT NULL, paper INTEGER NOT NULL, states INTEGER NOT NULL, denies INTEGER NOT NULL,
    PRIMARY KEY (about, paper)) WITHOUT ROWID;
-- indexes
CREATE INDEX things_by_papers ON things (type, papers DESC, folded, id);
CREATE INDEX things_ranked ON things (papers DESC, folded, id);
CREATE INDEX things_by_date ON things (type, dated DESC, papers DESC, folded, id);
CREATE INDEX names_by_key ON names (key);
CREATE INDEX names_of_thing ON names (thing);
CREATE INDEX mentions_of_paper ON mentions (paper);
CREATE INDEX authors_of_paper ON authors (paper);
CREATE INDEX statements_ranked ON statements (belief DESC, papers DESC, folded, number);
CREATE INDEX statements_of ON statements (subject, belief DESC, papers DESC, folded, number, predicate, type);
CREATE INDEX statements_on ON statements (object, belief DESC, papers DESC, folded, number, predicate, type);
CREATE INDEX statements_by ON statements (predicate, belief DESC, papers DESC, folded, number, type);
CREATE INDEX results_of ON results (method) WHERE method IS NOT NULL;
CREATE INDEX results_on ON results (benchmark) WHERE benchmark IS NOT NULL;
CREATE INDEX results_in ON results (metric) WHERE metric IS NOT NULL;
CREATE INDEX results_over ON results (baseline) WHERE baseline IS NOT NULL;
CREATE INDEX sources_of_paper ON sources (paper);
CREATE INDEX sources_that_deny ON sources (about) WHERE denies;
