BEGIN TRANSACTION;
CREATE TABLE current (
    paper TEXT PRIMARY KEY, title_key TEXT NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "current" VALUES('arXiv:2401.00001','papernumber1',1);
INSERT INTO "current" VALUES('arXiv:2401.00002','papernumber2',3);
CREATE TABLE decisions (number INTEGER PRIMARY KEY, record TEXT NOT NULL);
INSERT INTO "decisions" VALUES(1,'{"action": "merge", "node": "method/beta-search", "into": "method/alpha-tuning", "papers": [], "name": "", "undoes": null, "reason": "one method", "at": "2026-12-01T13:09:23+00:00"}');
CREATE TABLE forms (
    entity TEXT NOT NULL, form TEXT NOT NULL, named INTEGER NOT NULL, papers INTEGER NOT NULL,
    PRIMARY KEY (entity, form, named)) WITHOUT ROWID;
INSERT INTO "forms" VALUES('benchmark/zz-bench','ZZ-Bench',0,1);
INSERT INTO "forms" VALUES('benchmark/zz-bench','ZZ-Bench',1,1);
INSERT INTO "forms" VALUES('method/alpha-tuning','AT',0,1);
INSERT INTO "forms" VALUES('method/alpha-tuning','Alpha Tuning',0,2);
INSERT INTO "forms" VALUES('method/alpha-tuning','Alpha Tuning',1,2);
INSERT INTO "forms" VALUES('method/alpha-tuning','Beta Search',0,1);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "meta" VALUES('assembly','3:709ed04a7cb346bc');
INSERT INTO "meta" VALUES('position','4');
INSERT INTO "meta" VALUES('schema','1');
CREATE TABLE nodes (id TEXT PRIMARY KEY, record TEXT, changed INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "nodes" VALUES('benchmark/zz-bench','["Entity",{"id":"benchmark/zz-bench","type":"Benchmark","name":"ZZ-Bench","aliases":[],"papers":1}]',2);
INSERT INTO "nodes" VALUES('goal/honesty',NULL,4);
INSERT INTO "nodes" VALUES('method/alpha-tuning','["Entity",{"id":"method/alpha-tuning","type":"Method","name":"Alpha Tuning","aliases":["AT","Beta Search"],"papers":2}]',3);
INSERT INTO "nodes" VALUES('method/beta-search',NULL,3);
INSERT INTO "nodes" VALUES('model/zeta',NULL,4);
INSERT INTO "nodes" VALUES('paper/arXiv:2401.00001','["GroundedPaper",{"paper":{"id":"arXiv:2401.00001","title":"Paper number 1","abstract":"PAPER proposes Method:Alpha Tuning (AT). Method:AT uses Method:Beta Search.","authors":[],"published":null,"venue":null,"url":null,"doi":null,"arxiv":null,"categories":[],"source":null},"mentions":[{"entity":"method/alpha-tuning","start":37,"end":49,"text":"Alpha Tuning","reason":"named so in the text"},{"entity":"method/alpha-tuning","start":63,"end":65,"text":"AT","reason":"short for method/alpha-tuning, as other papers spell it out"},{"entity":"method/alpha-tuning","start":78,"end":89,"text":"Beta Search","reason":"named so in the text; decision 1 (merge)"}]}]',3);
INSERT INTO "nodes" VALUES('paper/arXiv:2401.00002','["GroundedPaper",{"paper":{"id":"arXiv:2401.00002","title":"Paper number 2","abstract":"Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5.","authors":[],"published":null,"venue":null,"url":null,"doi":null,"arxiv":null,"categories":[],"source":null},"mentions":[{"entity":"method/alpha-tuning","start":22,"end":34,"text":"Alpha Tuning","reason":"named so in the text"},{"entity":"benchmark/zz-bench","start":57,"end":65,"text":"ZZ-Bench","reason":"named so in the text"}]}]',4);
INSERT INTO "nodes" VALUES('result/b82dca6532e713cc',NULL,4);
INSERT INTO "nodes" VALUES('result/d4f3e414f24f4ef5','["Result",{"method":"method/alpha-tuning","benchmark":"benchmark/zz-bench","metric":null,"value":8.5,"unit":"score","kind":"absolute","baseline":null,"belief":0.8,"papers":1,"evidence":[{"paper":"arXiv:2401.00002","sentence":[15,72],"words":[15,72],"subject":[22,34],"object":[57,65],"text":"Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5.","component":"toy","version":"toy-1","probability":0.8,"negated":false,"hedged":false}]}]',4);
INSERT INTO "nodes" VALUES('statement/2cf4eae5c38bc527','["Statement",{"subject":"method/alpha-tuning","predicate":"evaluatedOn","object":"benchmark/zz-bench","belief":0.8,"papers":1,"evidence":[{"paper":"arXiv:2401.00002","sentence":[15,72],"words":[15,72],"subject":[22,34],"object":[57,65],"text":"Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5.","component":"toy","version":"toy-1","probability":0.8,"negated":false,"hedged":false}],"curated":false}]',4);
INSERT INTO "nodes" VALUES('statement/39e0e7d57052c7ec',NULL,4);
INSERT INTO "nodes" VALUES('statement/3cf54847135bb652','["Statement",{"subject":"paper/arXiv:2401.00001","predicate":"proposes","object":"method/alpha-tuning","belief":0.8,"papers":1,"evidence":[{"paper":"arXiv:2401.00001","sentence":[15,56],"words":[15,56],"subject":null,"object":[37,49],"text":"PAPER proposes Method:Alpha Tuning (AT). ","component":"toy","version":"toy-1","probability":0.8,"negated":false,"hedged":false}],"curated":false}]',2);
INSERT INTO "nodes" VALUES('statement/f8aef65cf77bcb0c',NULL,3);
CREATE TABLE readings (
    number INTEGER PRIMARY KEY, paper TEXT NOT NULL, text_hash TEXT NOT NULL, version TEXT NOT NULL,
    record BLOB NOT NULL, UNIQUE (paper, text_hash, version));
INSERT INTO "readings" VALUES(1,'arXiv:2401.00001','2a84d616367c6750','toy-1',X'789CB5924D4F83401086FF0AD993262BA15028E586894793463998341C1618CB1AD825B0549BA6FFDD592888B57230B127E6A3EF3BFBCC1C49C52AA8494058FDC2F781BDB416A685BF05A12495428150584CD6B69FBA09ACD2D45959B683C53DD40D97028B4A1EEE743BB672C5A121C1F648788615D06975A800BF1F41E532C358B052C76151E5CC885AC1C50EB3ACE0ACE9FE4BC288C494945A4E0A9DD93A2BBA5CC7B19EA8ACA4E867425B72A283933DE3147DD3BFD0F61CEAB9F3DACEEFDAF7A098F10CAC4EF33993954FFDEB0FD0B982F1B2A7D6B4C91BA4BAB809370F4F2859D590F194296D56D5B2925A9F1239F4758861CF331029741A330B6D402FB4EB5BB8D4F5D0FC5DD6593389C709445B145F3EE7152007F818C73386818C1E4B30DDA9711346B7A6417EBEF9DAEDA052C2125E7075208165FA081876F86AE4FFCA8A0628C921DB8DE129D6DBF9A2D5AD7F8AAABDC4E4FC0D93EBD1B535C134C4A3F5F97E26A4FA5D8FA4063491D14E484DEEC6FC374438440D4D5BA8EE224F9FAB4D3C0D');
INSERT INTO "readings" VALUES(2,'arXiv:2401.00002','5a4657e3e0edd0e5','toy-1',X'789CED54BB6EDC3010FC1581352DE8E95308A4489A54419A14810D1594B43931A64881A42E3918F7EF59EAEDC451E13A5769777933AB99A19E49CF7B3084116EBE890B4BB2280E23FC2584925A2B07CAE1B0288A2CCBAA28CDA189AAE21E87173056688543A7AF773176F0A870022C618FCF44343801DF76D71EF0F933B85637582BDEF9FA83EC5B1E7C1D945067EC7229B81DFF5B52D27928AD7CF5982434CDCAD26FD3F55A4DFB2025B9D18525D9583E82AADB8E9BA78DE8E1E16EEC1E91E4277A9F1F93A4BB57D10DC81D01387E045EE4B478770C9E6DE09F34DF61B778DEBAEB117C1CA5348EA357097C4F72D14D9ED8A1FA01B55B8CE90D34A2E6CEF3C085CB011F9B2F0A277A3DE7A5858B68504018310EE262C1C7653C17E7F49422F94F6D1ABBABD70D665B37AAD90294017EB9352E6C9F9260B764B01ACD167F83F7C129CCC380FCADC36B69ED8DAE7825A4407559141628399C3D3861DFB9B440490BCD792D6FA5776BA760FA87828E9B3338FB42BDEC6DEA9DBCA1F14EBEB5B1E937856AA7DF128355C18E5F2B08C6AC321FD160DE30F0096373B0C2B7A995FD5B2D67062F16EE61C00ED24DD1F3CEE1ABA14194A0999ECAD6DA00423F09E5EF00AFAC9683F39D6EFA54CC31ADD62B3DE711C746D484A9414A1CE3AD9042C152FF4FEB94D6F2F61B0774DA09');
INSERT INTO "readings" VALUES(3,'arXiv:2401.00002','966c048c50a9bed9','toy-1',X'789CED92CF6E83300CC65F05E59C220A65ED9076D8EED32E3B4CAD3804E296AC21414960ABAABEFB1CFEB5D2A63EC138C576F0F7F9E79C49C31A302423CC7C882E8B57D1328CF08B0925A5560E94C362C24B9E2C378F0051B2DEAF122C7660ACD00A8B4E9F164BCCE055E1045892EDCE4470AC804FBB5303787E0557698EB162B58F9F6553B1E0BD55421D30CBA460B6FF37A7A4F6ADB4F2D12E8E69B2CA73EFA66EB41AFCA024B9D04925BEAABC802AAB9A99E35568BB5DF4D97B22E99A3EA47F8AF89C64A21EA6B26DF109A59B466B0C705132E765A063B2C5237F5358D1F33D6F0E3AC1D102F43DEE00B7E081F7F796295DC728FEA50DB737F1EC600473951A874014F0ED66E0D92DE7E0C66430A3CA2642C153B009D390FCC6F0D7BA1BA30B560829DC896451B841E070F0BD49B667D2022515F0C31C5E72CFD2806DA51B607A2F382A4A5282F6BC962DB501EC7D14CA6F961556CBD6F94C3D3C9F117C31AF79248C65234A92A9564A2CE396A55030C5FFFC07FE971F55983F3B');
CREATE TABLE records (
    number INTEGER PRIMARY KEY, paper TEXT NOT NULL, title_key TEXT NOT NULL, text_hash TEXT NOT NULL,
    content TEXT NOT NULL, record TEXT);
INSERT INTO "records" VALUES(1,'arXiv:2401.00001','papernumber1','2a84d616367c6750','b928c5be7cc37023','{"id": "arXiv:2401.00001", "title": "Paper number 1", "abstract": "PAPER proposes Method:Alpha Tuning (AT). Method:AT uses Method:Beta Search."}');
INSERT INTO "records" VALUES(2,'arXiv:2401.00002','papernumber2','5a4657e3e0edd0e5','888444b035ed0b86','{"id": "arXiv:2401.00002", "title": "Paper number 2", "abstract": "Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 7.5. maybe Model:Zeta targets Goal:honesty."}');
INSERT INTO "records" VALUES(3,'arXiv:2401.00002','papernumber2','966c048c50a9bed9','3dcd3189ee037f43','{"id": "arXiv:2401.00002", "title": "Paper number 2", "abstract": "Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5."}');
CREATE TABLE shares (
    node TEXT NOT NULL, paper TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (node, paper)) WITHOUT ROWID;
INSERT INTO "shares" VALUES('benchmark/zz-bench','arXiv:2401.00002','["EntityShare",{"type":"Benchmark","name":"ZZ-Bench","forms":["ZZ-Bench"]}]');
INSERT INTO "shares" VALUES('method/alpha-tuning','arXiv:2401.00001','["EntityShare",{"type":"Method","name":"Alpha Tuning","forms":["AT","Alpha Tuning","Beta Search"]}]');
INSERT INTO "shares" VALUES('method/alpha-tuning','arXiv:2401.00002','["EntityShare",{"type":"Method","name":"Alpha Tuning","forms":["Alpha Tuning"]}]');
INSERT INTO "shares" VALUES('result/d4f3e414f24f4ef5','arXiv:2401.00002','["ResultShare",{"method":"method/alpha-tuning","benchmark":"benchmark/zz-bench","metric":null,"value":8.5,"unit":"score","kind":"absolute","baseline":null,"evidence":[{"paper":"arXiv:2401.00002","sentence":[15,72],"words":[15,72],"subject":[22,34],"object":[57,65],"text":"Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5.","component":"toy","version":"toy-1","probability":0.8,"negated":false,"hedged":false}]}]');
INSERT INTO "shares" VALUES('statement/2cf4eae5c38bc527','arXiv:2401.00002','["StatementShare",{"subject":"method/alpha-tuning","predicate":"evaluatedOn","object":"benchmark/zz-bench","evidence":[{"paper":"arXiv:2401.00002","sentence":[15,72],"words":[15,72],"subject":[22,34],"object":[57,65],"text":"Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5.","component":"toy","version":"toy-1","probability":0.8,"negated":false,"hedged":false}]}]');
INSERT INTO "shares" VALUES('statement/3cf54847135bb652','arXiv:2401.00001','["StatementShare",{"subject":"paper/arXiv:2401.00001","predicate":"proposes","object":"method/alpha-tuning","evidence":[{"paper":"arXiv:2401.00001","sentence":[15,56],"words":[15,56],"subject":null,"object":[37,49],"text":"PAPER proposes Method:Alpha Tuning (AT). ","component":"toy","version":"toy-1","probability":0.8,"negated":false,"hedged":false}]}]');
CREATE TABLE votes (
    key TEXT NOT NULL, paper TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (key, paper)) WITHOUT ROWID;
INSERT INTO "votes" VALUES('Benchmark:zzbench','arXiv:2401.00002','[[["zz-bench", "Benchmark"]], [], []]');
INSERT INTO "votes" VALUES('Method:alphatuning','arXiv:2401.00001','[[["alpha-tuning", "Method"]], [], ["Method:at"]]');
INSERT INTO "votes" VALUES('Method:alphatuning','arXiv:2401.00002','[[["alpha-tuning", "Method"]], [], []]');
INSERT INTO "votes" VALUES('Method:at','arXiv:2401.00001','[[["at", "Method"]], ["Method:alphatuning"], []]');
INSERT INTO "votes" VALUES('Method:betasearch','arXiv:2401.00001','[[["beta-search", "Method"]], [], []]');
CREATE INDEX records_of_paper ON records (paper, number);
CREATE INDEX current_title ON current (title_key);
CREATE INDEX votes_of_paper ON votes (paper);
CREATE INDEX shares_of_paper ON shares (paper);
CREATE INDEX nodes_changed ON nodes (changed);
COMMIT;
