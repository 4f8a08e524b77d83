# Generated from tests/_async/executors/test_libraries.py by `nox -s codegen`. Do not edit.
"""Libraries that generated code uses for real, when they are authorised."""

import pytest

from twofold import ForbiddenOperation, LocalPythonExecutor

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")


def test_sqlite_connections_work_in_the_next_step() -> None:
    session = LocalPythonExecutor(["sqlite3"]).open({}, {})
    session.execute("import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (a, b)')")
    session.execute(
        "db.executemany('insert into t values (?, ?)', [(i, i * i) for i in range(10)])\ndb.commit()"
    )
    output = session.execute(
        "cursor = db.execute('select sum(b) from t where a > ?', (5,))\ncursor.fetchone()[0]"
    )
    assert output.output == 36 + 49 + 64 + 81
    session.execute("db.create_function('twice', 1, lambda x: 2 * x)")
    assert session.execute("db.execute('select twice(21)').fetchall()").output == [(42,)]
    session.close()


def test_sqlite_is_refused_when_it_is_not_authorised() -> None:
    executor = LocalPythonExecutor()
    with pytest.raises(ForbiddenOperation, match="sqlite3"):
        executor("import sqlite3")
    executor.close()


def test_numpy() -> None:
    pytest.importorskip("numpy")
    executor = LocalPythonExecutor(["numpy.*"])
    executor("import numpy as np\na = np.arange(12).reshape(3, 4)\nb = a * 2 + 1\nb[1] *= 10\nb[:, 0] **= 2")
    assert executor("int(b.sum()), b.shape, b.dtype.kind, float(np.linalg.norm([3, 4]))").output == (
        1 + 3 + 5 + 7 + 8100 + 110 + 130 + 150 + 289 + 19 + 21 + 23, (3, 4), "i", 5.0,
    )  # fmt: skip
    assert (
        executor("rng = np.random.default_rng(3)\nx = rng.normal(size=(50, 2))\n(x.T @ x).shape")
    ).output == (2, 2)
    output = executor(
        "from numpy import linalg\nm = np.array([[2.0, 0], [0, 4]])\nlinalg.inv(m).tolist(), np.dot(m, [1, 1])"
    )
    assert output.output[0] == [[0.5, 0.0], [0.0, 0.25]]
    assert executor("f'{np.float64(2) / 3:.3f}', str(a[a % 2 == 0][:3]), [int(v) for v in a[0]]").output == (
        "0.667", "[0 2 4]", [0, 1, 2, 3],
    )  # fmt: skip
    with pytest.raises(ForbiddenOperation):
        executor("np.f2py.os.system('true')")
    executor.close()


def test_pandas() -> None:
    pytest.importorskip("pandas")
    executor = LocalPythonExecutor(["pandas.*", "numpy.*"])
    executor(
        "import pandas as pd\n"
        "df = pd.DataFrame({'name': ['a', 'b', 'a', 'c'], 'n': [1, 2, 3, 4]})\n"
        "df['square'] = df['n'] ** 2\ndf.loc[df.name == 'c', 'n'] *= 10\n"
        "grouped = df.groupby('name')['n'].agg(['sum', 'mean'])"
    )
    assert executor("grouped['sum'].to_dict()").output == {"a": 4, "b": 2, "c": 40}
    assert executor("df.apply(lambda row: row['n'] + row.square, axis=1).tolist()").output == [
        2,
        6,
        12,
        56,
    ]
    output = executor(
        "df.info()\nprint(df.to_string(index=False))\ndf.sort_values('n', ascending=False).iloc[0]['name']"
    )
    assert output.output == "c"
    assert "RangeIndex" in output.logs
    assert "square" in output.logs
    assert (
        executor("df.merge(grouped.reset_index(), on='name').query('n > 2')['mean'].tolist()")
    ).output == [2.0, 40.0]
    assert executor("import io\npd.read_csv(io.StringIO('a,b\\n1,2\\n3,4'))['b'].sum()").output == 6
    with pytest.raises(ForbiddenOperation):
        executor("pd.io.common.os.system('true')")
    executor.close()


def test_matplotlib_figures_work_in_the_next_step() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    executor = LocalPythonExecutor(["matplotlib.*", "numpy.*"])
    executor(
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2, 3], [1, 4, 9], label='squares')"
    )
    executor("ax.set_title('Title')\nax.legend()\nax.set_xlabel('x')")
    output = executor(
        "import io\nimage = io.BytesIO()\nfig.savefig(image, format='png')\nplt.close(fig)\nimage.getvalue()[:8]"
    )
    assert output.output == b"\x89PNG\r\n\x1a\n"
    executor.close()
